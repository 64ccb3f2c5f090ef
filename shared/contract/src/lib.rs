//! The messages that cross the broker: events, outcomes, and refusals of invalid messages.
//!
//! The types here exist only if they are valid, so code that holds an [`Event`] need not check it
//! again. This crate knows no state, rule, key, SQL, AMQP or clock: it turns bytes into events
//! ([`mod@read`]), says exactly what is wrong with an invalid message ([`Refusal`]), and turns outcomes
//! into CloudEvents ([`outcome`]). The declaration of each type stands beside its struct
//! ([`declaration`]); the published documents are generated from the same declarations.

#![warn(clippy::wildcard_enum_match_arm)]

mod audit_fields;
pub mod dead_letter;
pub mod declaration;
pub mod enrollment;
mod envelope;
mod event;
mod field_error;
mod fields;
mod ids;
mod ip;
pub mod json;
mod leaf;
pub mod login;
mod members;
mod named_tenant;
pub mod outcome;
pub mod profile;
mod read;
mod reason;
mod refusal;
mod reply_to;
pub mod reset;
pub mod sealed;
mod secret;
mod service;
pub mod sms;
pub mod subject;
mod timestamp;

pub use audit_fields::AuditFields;
pub use declaration::About;
pub use envelope::{Envelope, TraceParent};
pub use event::{Event, EventType, OUTCOME_TYPES, OutcomeType};
pub use field_error::FieldError;
pub use fields::member_pointer;
pub use ids::{
    AdminId, BrowserId, EventId, SessionId, Source, TenantId, UserId, UserKey, ViewerId,
};
pub use ip::ClientIp;
pub use named_tenant::named_tenant;
pub use outcome::Outcome;
pub use read::{Incoming, MAX_BYTES, Message, RefusedMessage, names_a_password, read};
pub use reason::{Language, Method, Next, Reason, Via};
pub use refusal::{Refusal, RefusalReason};
pub use reply_to::ReplyTo;
pub use secret::Secret;
pub use service::Service;
pub use timestamp::{UtcTime, parse_rfc3339, rfc3339};
