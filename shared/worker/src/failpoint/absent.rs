//! No failpoints: nothing can be asked for, and nothing happens at any place.

use std::future::{Ready, ready};

use twofactor_contract::Incoming;

use super::Failpoint;

/// What a test asks for. There is no value of it, so that the compiler drops whatever depends on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {}

impl Fault {
    /// Whether the client library must break on this header.
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
