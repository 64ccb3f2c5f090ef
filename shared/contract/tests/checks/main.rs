//! Checks 1 to 4 of the contract, line by line: given bytes and properties, expect a reason and
//! a field. No refusal, printed or published, may hold the wrong value.

mod attributes;
mod content;
mod members;
mod order;
mod passwords;
mod samples;
