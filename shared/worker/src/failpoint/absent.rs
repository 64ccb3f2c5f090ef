//! No faults: nothing can be asked for, and nothing happens at any failpoint.

use std::future::{Ready, ready};

use twofactor_contract::Incoming;

use super::Failpoint;

/// Fault that a test asks for. It has no value, so that the compiler drops all code for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {}

impl Fault {
    /// Returns `true` if the client library must break on this header.
    pub fn breaks(self, _header: &[u8]) -> bool {
        match self {}
    }
}

/// Does nothing.
pub fn reach(_fault: Option<Fault>, _failpoint: Failpoint) -> Ready<()> {
    ready(())
}

/// Does nothing.
pub fn panic_over(_fault: Option<Fault>, _failpoint: Failpoint, _incoming: &Incoming) {}
