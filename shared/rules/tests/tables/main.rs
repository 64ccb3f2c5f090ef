//! The contract's tables as tests: given a state, an event, expect an outcome.
//!
//! A case reads like a line of the contract. `world` is the state with a clock that the case sets,
//! `event` what the CRM sends, `seen` which words of the contract were ever answered.

mod admission;
mod enrollment;
mod enrollment_sms;
mod event;
mod exemptions;
mod facts;
mod failures_in_trail;
mod fixture;
mod import;
mod language;
mod limits;
mod login;
mod login_codes;
mod policy;
mod profile;
mod repeats;
mod reset;
mod seen;
mod sms;
#[path = "../support/mod.rs"]
mod support;
mod world;
