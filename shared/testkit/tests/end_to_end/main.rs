//! The product from outside, through the broker, with the real workers and the real database: one
//! program, because another program costs more to link than its tests cost to run.
//!
//! Tests that need the machine for themselves are programs of their own: `dashboards`, `harm`,
//! `outages`.

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
