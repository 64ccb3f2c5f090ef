//! The published clients: the suite of each language against real workers, what a suite must have,
//! and that what a suite asks of its stack comes about.

mod faults;
mod sources;
mod suites;
