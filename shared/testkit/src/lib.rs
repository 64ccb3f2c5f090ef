//! Tools that use the product from outside: a CRM, an observer, an authenticator app, an inbox; a
//! broker, a database and workers for one test alone; and the suites of the published clients.
//!
//! It knows the contract's wire and its settings. It knows no rule and shares no code with what it
//! tests, except the migrations and the names of the services. No part of the product depends on
//! it.

mod afterwards;
pub mod authenticator;
pub mod clients;
pub mod crm;
mod database;
pub mod dead_letters;
pub mod encrypted;
pub mod environment;
pub mod event;
pub mod failing;
mod full_queue;
pub mod http;
pub mod inbox;
pub mod institution;
mod kept;
pub mod letter;
pub mod npm;
pub mod observer;
pub mod outcome;
pub mod own_postgres;
mod passing;
pub mod person;
mod plan;
pub mod process_tree;
pub mod program;
mod published;
pub mod rabbitmqctl;
pub mod raw_publisher;
pub mod relay;
pub mod relays;
pub mod sandbox;
pub mod schema;
mod set_up;
mod trail;
pub mod vhost;
pub mod worker;
pub mod world;

pub use authenticator::Authenticator;
pub use crm::Crm;
pub use database::{Database, Role};
pub use dead_letters::DeadLetters;
pub use encrypted::{Authority, Encrypted, Greeting};
pub use event::CrmEvent;
pub use full_queue::FullQueue;
pub use institution::Institution;
pub use letter::{Letter, ReplyPath};
pub use observer::Observer;
pub use outcome::Outcome;
pub use own_postgres::OwnPostgres;
pub use passing::THROTTLE;
pub use person::Person;
pub use plan::Plan;
pub use raw_publisher::{RawProperties, RawPublisher, nested_headers};
pub use relay::{Network, Relay};
pub use relays::Relays;
pub use sandbox::{Fault, SmsSandbox};
pub use vhost::Vhost;
pub use worker::Worker;
pub use world::World;
