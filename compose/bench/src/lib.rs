//! What two programs of the benchmarks share: one event, decided by the rules.
//!
//! It knows the contract and the rules, and no queue, table or clock.

pub mod deciding;
