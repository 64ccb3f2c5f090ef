//! What tests stand on: a private database each, made from one that was migrated once.
//!
//! For tests alone; no part of the product depends on it.

mod database;

pub use database::{Database, Role};
