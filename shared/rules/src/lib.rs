//! The rules: every decision about a second factor, and nothing else.
//!
//! [`mod@decide`] turns an event and the state that it needs into a [`Decision`]: the outcome, the
//! changes that make it true, and the notes for the trail. It is synchronous and does no I/O: the
//! clock, the random source and the keys come in as a [`Moment`]. This crate knows no async, SQL,
//! AMQP, system clock or environment.
//!
//! To find a rule, open the file of the service: [`login`], [`sms`], [`enrollment`], [`reset`],
//! [`profile`]. The sentences that people read are in [`catalogue`].

#![warn(clippy::wildcard_enum_match_arm)]

pub mod admission;
pub mod answer;
mod apply;
pub mod backup_code;
mod blank;
pub mod browser;
pub mod catalogue;
mod change;
mod decide;
mod decider;
mod decision;
pub mod enrollment;
pub mod facts;
pub mod failures;
pub mod failures_in_trail;
pub mod import;
mod keyring;
pub mod keys;
mod lateness;
pub mod limits;
pub mod login;
pub mod moment;
mod needs;
pub mod next;
pub mod number;
mod pasted;
pub mod policy;
pub mod profile;
mod purpose;
pub mod rejection;
pub mod reset;
pub mod seal;
mod session_texts;
mod settle;
pub mod sms;
pub mod sms_code;
pub mod state;
pub mod text;
pub mod throttle;
pub mod totp;
pub mod totp_secret;
pub mod trail;
mod user;
pub mod utf8_file;

pub use change::{Change, Changed};
pub use decide::{decide, needs};
pub use decision::{Decision, Undecidable, Verdict};
pub use keys::{Keyring, Keys};
pub use limits::Limits;
pub use moment::Moment;
pub use needs::Needs;
pub use settle::settle;
pub use state::{State, User};
