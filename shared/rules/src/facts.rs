//! What a decision saw that nothing tells later, since the state has moved on: how far a code was
//! off, how many wrong ones came before, which wait ran. Kept beside the answer for operators, who
//! ask why. No decision is made from it, and it never holds a code, number or secret.

use jiff::Timestamp;

use crate::throttle::Throttled;

/// What a decision saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// How many steps of 30 s lay between the event's time and the step that the code is of, -10
    /// to 10; none where it matched none of them.
    pub totp_offset: Option<i8>,
    /// Wrong codes in a row before this event; none where the event is not about codes or texts.
    pub failures_before: Option<u32>,
    /// Until when a wait after wrong codes ran.
    pub waits_until: Option<Timestamp>,
    /// The limit that held a text back.
    pub throttled: Option<Throttled>,
}
