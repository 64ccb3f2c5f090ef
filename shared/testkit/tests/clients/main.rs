//! The published clients: what a suite asks of its stack comes about.

mod faults;
