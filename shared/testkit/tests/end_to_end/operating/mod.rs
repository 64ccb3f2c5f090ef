//! What operators rely on: metrics, health, settings that stop the start, and how a worker ends.

mod agreement;
mod certificates;
mod health;
mod keyring;
mod metrics;
mod settings;
