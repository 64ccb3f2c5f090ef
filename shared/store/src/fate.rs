//! What is to be done about an error of the database.
//!
//! It knows no SQLSTATE and no statement: errors carry their fate, so that callers need not look.

/// Action that a [`StoreError`](crate::StoreError) asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Another worker changed the same rows first: load again and decide again.
    DecideAgain,
    /// The database is away, not ready, or not the one to use: wait and try again; it is no
    /// event's fault.
    Wait,
    /// The cause is unknown. Take the batch apart; the event is to blame only if it fails alone
    /// while others succeed.
    Unsure,
    /// It is the fault of what was sent: set the event aside.
    SetAside,
}
