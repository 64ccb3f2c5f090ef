#![doc = include_str!("../README.md")]

mod broker;
mod client;
mod envelope;
mod error;
mod fake;
mod link;
mod secret;
pub mod types;
mod waiting;

pub use client::Client;
pub use envelope::{Answer, Attributes, Envelope};
pub use error::{ClientError, NotSent};
pub use fake::{Example, FakeClient};
pub use secret::Secret;
pub use types::{Event, Outcome};
