//! RabbitMQ, Postgres, Prometheus, the SMS sandbox and the workers, started privately on one
//! machine.
//!
//! Everything lives in one directory: data, logs, pids, passwords. Nothing listens beyond loopback,
//! and nothing of the machine's own services is touched. The crate knows how the parts are started
//! and stopped; it knows no event, rule or table.

pub mod account;
pub mod apt;
pub mod checkout;
pub mod database;
pub mod definitions;
pub mod demo_crm;
pub mod directory;
pub mod environment;
pub mod http;
pub mod interrupt;
pub mod keyring;
pub mod part;
pub mod passed_on;
pub mod passwords;
pub mod plain_path;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod prometheus;
pub mod rabbitmq;
pub mod readiness;
pub mod sandbox;
pub mod settings;
pub mod stack;
pub mod workers;
