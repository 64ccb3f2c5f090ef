//! Faults as a test asks for them.
//!
//! Active only with `TWOFACTOR_TESTING=1` and `TWOFACTOR_FAILPOINT` set to the name of a failpoint:
//! the process then kills itself there by SIGKILL; with `:wait` after the name it waits there until
//! it is killed, so that a test can check its state first. At two failpoints it panics instead, for
//! events of the login session `panic` alone. One more name makes a delivery unreadable to the
//! client library, if the properties of that delivery contain the name.

use std::future::pending;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use twofactor_contract::{Incoming, SessionId};

use super::Failpoint;

/// Name that makes a delivery unreadable.
const UNREADABLE: &str = "unreadable_delivery";

const FAILPOINTS: [(&str, Failpoint); 7] = [
    ("panic_on_load", Failpoint::PanicOnLoad),
    ("panic_on_decide", Failpoint::PanicOnDecide),
    ("before_commit", Failpoint::BeforeCommit),
    ("after_commit", Failpoint::AfterCommit),
    ("before_provider", Failpoint::BeforeProvider),
    ("after_provider", Failpoint::AfterProvider),
    ("before_ack", Failpoint::BeforeAck),
];

/// Fault that a test asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process kills itself at this failpoint, or panics if the failpoint says so.
    Ends(Failpoint),
    /// The process waits at this failpoint until it is killed.
    Waits(Failpoint),
    /// The client library breaks on a delivery.
    Unreadable,
}

impl Fault {
    /// Rule for `TWOFACTOR_FAILPOINT`, as the rest of a sentence.
    pub const MUST: &str = "must be before_commit, after_commit, before_provider, \
                            after_provider or before_ack, with or without :wait behind it, or \
                            panic_on_load, panic_on_decide or unreadable_delivery";

    /// Reads the setting.
    pub fn parse(value: &str) -> Option<Self> {
        if value == UNREADABLE {
            return Some(Self::Unreadable);
        }
        let waits = value.strip_suffix(":wait");
        let name = waits.unwrap_or(value);
        let (_, failpoint) = FAILPOINTS.into_iter().find(|(known, _)| *known == name)?;
        match failpoint {
            Failpoint::PanicOnLoad | Failpoint::PanicOnDecide if waits.is_some() => None,
            _ if waits.is_some() => Some(Self::Waits(failpoint)),
            _ => Some(Self::Ends(failpoint)),
        }
    }

    /// Returns `true` if the client library must break on this header.
    pub fn breaks(self, header: &[u8]) -> bool {
        let mut windows = header.windows(UNREADABLE.len());
        self == Self::Unreadable && windows.any(|window| window == UNREADABLE.as_bytes())
    }
}

/// Ends or pauses the process, if a test asked for that at this failpoint.
pub async fn reach(fault: Option<Fault>, failpoint: Failpoint) {
    if fault == Some(Fault::Ends(failpoint)) {
        tracing::warn!(?failpoint, "a failpoint was reached");
        kill(Pid::this(), Signal::SIGKILL).expect("a process may kill itself");
    }
    if fault == Some(Fault::Waits(failpoint)) {
        tracing::warn!(?failpoint, "a failpoint was reached");
        pending::<()>().await;
    }
}

/// Panics over an event of the login session `panic`, if a test asked for that at this failpoint.
pub fn panic_over(fault: Option<Fault>, failpoint: Failpoint, incoming: &Incoming) {
    let is_meant = |session: &SessionId| session.as_str() == "panic";
    let is_asked =
        fault == Some(Fault::Ends(failpoint)) && incoming.event.session().is_some_and(is_meant);
    assert!(!is_asked, "a test asked for it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_kills_or_waits() {
        let ends = Fault::Ends(Failpoint::AfterCommit);
        assert_eq!(Fault::parse("after_commit"), Some(ends));
        let waits = Fault::Waits(Failpoint::BeforeAck);
        assert_eq!(Fault::parse("before_ack:wait"), Some(waits));
        assert_eq!(Fault::parse("somewhere"), None);
        assert!(Fault::parse("panic_on_decide").is_some());
        assert_eq!(Fault::parse("panic_on_decide:wait"), None);
        assert_eq!(Fault::parse("unreadable_delivery:wait"), None);
    }

    #[test]
    fn every_name_is_listed_where_the_setting_is_refused() {
        for (name, _) in FAILPOINTS {
            assert!(Fault::MUST.contains(name), "{name}");
        }
        assert!(Fault::MUST.contains(UNREADABLE));
    }
}
