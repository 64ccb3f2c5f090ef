//! The schema that this release needs.

/// The oldest schema that this release runs on. Migrations only add, so newer ones fit too.
pub const SCHEMA: i64 = 4;
