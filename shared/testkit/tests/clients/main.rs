//! The published clients: the suite of each language against real workers, the completeness of the
//! suites, and the faults that they cause.

mod faults;
mod sources;
mod suites;
