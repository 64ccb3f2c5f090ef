//! The test bed of the published clients: a stack of their own, faults on request, and the suite of
//! each language as a child process.
//!
//! It knows how a suite is run and which scenarios each must have. It knows no client: requests and
//! expected outcomes are in the suites.

mod control;
mod faults;
mod next_login;
pub mod scenarios;
mod stack;
pub mod suite;

pub use scenarios::SCENARIOS;
pub use stack::ClientStack;
pub use suite::Language;
