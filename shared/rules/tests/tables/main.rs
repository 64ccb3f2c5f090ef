//! The contract's tables as tests: given a state and an event, expect an outcome.
//!
//! A case reads like a line of the contract. `world` has the state and a clock that the case sets,
//! `event` the events of the CRM, `seen` the outcomes that the tables have produced.

mod admission;
mod enrollment;
mod enrollment_sms;
mod enrollment_sms_confirmed;
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
