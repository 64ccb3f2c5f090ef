//! The facts that a decision was based on and that the later state no longer shows: how far off a
//! code was, how many wrong ones came before, which wait ran. They are kept with the answer, for
//! operators who ask why. No decision is made from them, and they never hold a code, number or
//! secret.

use jiff::Timestamp;

use crate::throttle::Throttled;

/// The facts that a decision was based on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Offset of the code from the event's time, in steps of 30 s, from -10 to 10; `None` if it
    /// matched no such step.
    pub totp_offset: Option<i8>,
    /// Count of consecutive wrong codes before this event; `None` if it is not about codes or
    /// texts.
    pub failures_before: Option<u32>,
    /// End of the wait after wrong codes, if one ran.
    pub waits_until: Option<Timestamp>,
    /// The limit that held a text back.
    pub throttled: Option<Throttled>,
}
