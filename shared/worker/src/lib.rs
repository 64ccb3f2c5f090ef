//! How a worker runs: the broker, the batches, the provider of texts, the metrics.
//!
//! [`mod@run`] is a whole worker. The path of an event: [`fair_queue`] keeps it until its turn, [`intake`]
//! reads it, [`batch`] collects what is there, [`turn`] takes the batch through the database and [`decide`] decides each of its events,
//! [`fates`] carries out what was decided, [`texts`] sends a text in between where one is due, and
//! [`outbox`] publishes and acknowledges. [`consumer_connector`] keeps the connection that
//! consumes; every byte that arrives on it passes [`inbound`] first. [`publish`] keeps other
//! connections, so that one slow reply or queue delays nothing else. [`trace`] keeps what was done
//! and when, and [`spans`] sends it to a collector. This crate knows the contract, the rules and
//! the store, and holds no rule itself: nothing here depends on a reason, a method or a user.

mod acks;
mod batch;
mod batch_order;
mod broker;
mod caller;
mod certificates;
mod chance;
mod clock;
mod consumer_connection;
mod consumer_connector;
mod cork;
mod decide;
mod delivered;
mod failpoint;
mod fair_queue;
mod fates;
mod health;
mod housekeeping;
mod in_flight;
mod in_hand;
mod inbound;
mod intake;
mod isolation;
mod logging;
mod metrics;
mod outbox;
mod outgoing;
mod patience;
mod provider;
mod publish;
mod run;
mod sealing;
mod settings;
mod spans;
mod texts;
mod topology;
mod trace;
mod turn;
mod worker;

pub use run::run;
