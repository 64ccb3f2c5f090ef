//! The store on a real database: what is written, what is loaded, and which role may do what.

mod ahead;
mod answers;
mod auditing;
mod cast;
mod erasure;
mod key_rows;
mod memory;
mod migrations;
mod plans;
mod pooler;
mod races;
mod retention;
mod rights;
mod schema;
mod seals;
mod servers;
mod statements;
mod sweep;
mod trail;
