//! The product from outside, through the broker, with the real workers and the real database: one
//! program, because a program more costs more to link than its tests cost to run.
//!
//! What needs the machine for itself is a program of its own: `dashboards`, `harm`, `outages`.

mod bad_input;
mod broker;
mod crashes;
mod examples;
mod leaks;
mod operating;
mod permissions;
mod promises;
mod races;
mod tracing;
mod trail;
