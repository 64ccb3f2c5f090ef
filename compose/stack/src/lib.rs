//! RabbitMQ, Postgres, Prometheus, the SMS sandbox and the workers, started privately on one machine.
//!
//! Everything lives in one directory: data, logs, pids, passwords. Nothing listens beyond loopback,
//! and nothing of the machine's own services is touched. The crate knows how the parts are started
//! and stopped; it knows no event, rule or table.

pub mod account;
pub mod apt;
pub mod definitions;
pub mod directory;
pub mod http;
pub mod interrupt;
pub mod passwords;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod rabbitmq;
pub mod readiness;
pub mod settings;
