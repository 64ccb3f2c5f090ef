//! The operators' part: metrics, health, settings that stop the start, and the end of a worker.

mod agreement;
mod certificates;
mod health;
mod key_rows;
mod keyring;
mod metrics;
mod settings;
