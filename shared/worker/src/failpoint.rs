//! Places where a test can end a worker, or hold it up, as a power cut or a pause would.
//!
//! Active only with `TWOFACTOR_TESTING=1` and `TWOFACTOR_FAILPOINT` set to the name of a place:
//! the process then kills itself there by SIGKILL; with `:wait` behind the name it waits there
//! until it is killed, so that a test can look around first. Two places panic instead, for events
//! of the session `panic` alone; one makes a delivery unreadable to the client library, where its
//! properties name the place. Nothing else ever sets one.

use std::future::pending;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use twofactor_contract::{Incoming, SessionId};

/// A place in the path of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What an event needs of the database is being found out.
    PanicOnLoad,
    /// An event is being decided.
    PanicOnDecide,
    /// A batch is decided, and not yet written.
    BeforeCommit,
    /// A batch is committed, and nothing of it is published.
    AfterCommit,
    /// A text is held and committed, and the provider was not called.
    BeforeProvider,
    /// The provider answered, and the answer is written nowhere.
    AfterProvider,
    /// Everything is published and confirmed, and nothing acknowledged.
    BeforeAck,
    /// A delivery comes from the broker, and the client library has not seen it.
    Unreadable,
}

impl Place {
    const ALL: [Self; 8] = [
        Self::PanicOnLoad,
        Self::PanicOnDecide,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeProvider,
        Self::AfterProvider,
        Self::BeforeAck,
        Self::Unreadable,
    ];

    /// Its name in the setting.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PanicOnLoad => "panic_on_load",
            Self::PanicOnDecide => "panic_on_decide",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::BeforeProvider => "before_provider",
            Self::AfterProvider => "after_provider",
            Self::BeforeAck => "before_ack",
            Self::Unreadable => "unreadable_delivery",
        }
    }

    /// Whether a process can end or wait there.
    const fn holds(self) -> bool {
        !matches!(
            self,
            Self::PanicOnLoad | Self::PanicOnDecide | Self::Unreadable
        )
    }
}

/// What a test asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failpoint {
    place: Place,
    waits: bool,
}

impl Failpoint {
    /// What `TWOFACTOR_FAILPOINT` must be, as the rest of a sentence.
    pub const MUST: &str = "must be before_commit, after_commit, before_provider, \
                            after_provider or before_ack, with or without :wait behind it, or \
                            panic_on_load, panic_on_decide or unreadable_delivery";

    /// Reads the setting.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, waits) = match text.strip_suffix(":wait") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let place = Place::ALL.into_iter().find(|place| place.name() == name)?;
        (place.holds() || !waits).then_some(Self { place, waits })
    }

    /// Whether a test asked for this place.
    pub fn is_at(self, place: Place) -> bool {
        self.place == place
    }
}

/// Ends or holds up the process, where a test asked for it at this place.
pub async fn reach(failpoint: Option<Failpoint>, place: Place) {
    let Some(asked) = failpoint.filter(|asked| asked.place == place) else {
        return;
    };
    tracing::warn!(?place, "a failpoint was reached");
    if !asked.waits {
        kill(Pid::this(), Signal::SIGKILL).expect("a process may kill itself");
    }
    pending::<()>().await;
}

/// Panics over an event of the session `panic`, where a test asked for it at this place.
pub fn panic_over(failpoint: Option<Failpoint>, place: Place, incoming: &Incoming) {
    let is_meant = |session: &SessionId| session.as_str() == "panic";
    if failpoint.is_some_and(|asked| asked.place == place)
        && incoming.event.session().is_some_and(is_meant)
    {
        panic!("a test asked for it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_kills_or_waits() {
        let kills = Failpoint {
            place: Place::AfterCommit,
            waits: false,
        };
        assert_eq!(Failpoint::parse("after_commit"), Some(kills));
        let waits = Failpoint {
            place: Place::BeforeAck,
            waits: true,
        };
        assert_eq!(Failpoint::parse("before_ack:wait"), Some(waits));
        assert_eq!(Failpoint::parse("somewhere"), None);
        assert!(Failpoint::parse("panic_on_decide").is_some());
        assert_eq!(Failpoint::parse("panic_on_decide:wait"), None);
    }
}
