//! What is to be done about an error of the database.
//!
//! It knows no SQLSTATE and no statement: errors carry their fate, so that callers need not look.

/// What a caller does about a [`StoreError`](crate::StoreError).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Another worker came between: load again and decide again.
    DecideAgain,
    /// The database is away, not ready, or not the one to use: wait and try again; it is no
    /// event's fault.
    Wait,
    /// Nobody knows whose fault it is. Take the batch apart; it is the event's only where it fails
    /// alone while others succeed.
    Unsure,
    /// It is the fault of what was sent: set the event aside.
    SetAside,
}
