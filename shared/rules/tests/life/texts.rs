//! The promises about texts: how many may be sent to a user and to a number, and which code is
//! valid.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A text as the provider received it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: Uuid,
    pub who: usize,
    pub to: String,
    pub code: String,
    pub session: String,
    pub is_for_login: bool,
    pub at: Timestamp,
    pub fate: SentFate,
    /// Accepted, spent by a wrong entry, or void.
    pub has_ended: bool,
}

/// The fate of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SentFate {
    OnItsWay,
    Sent,
    Refused,
}

/// Every text of a life.
#[derive(Debug, Default)]
pub struct Texts(Vec<Sent>);

const PERIOD: SignedDuration = SignedDuration::from_mins(5);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Texts {
    /// Records a text and checks the limits: never two to a user in 5 minutes nor 21 in 24 hours,
    /// never 6 calls in 5 minutes; in set-ups never two to a number in 5 minutes nor 6 in 24 hours.
    pub fn go_out(&mut self, text: Sent) {
        let now = text.at;
        let count = |period, which: &dyn Fn(&Sent) -> bool| {
            let within = |sent: &&Sent| sent.at + period > now && which(sent);
            self.0.iter().filter(within).count()
        };
        let counts = |sent: &Sent| sent.fate != SentFate::Refused;
        let to_user = |sent: &Sent| sent.who == text.who && counts(sent);
        assert_eq!(
            count(PERIOD, &to_user),
            0,
            "two texts of a user in 5 minutes"
        );
        assert!(count(DAY, &to_user) < 20, "21 texts of a user in 24 hours");
        let calls = count(PERIOD, &|sent| sent.who == text.who);
        assert!(calls < 5, "6 calls of the provider for a user in 5 minutes");
        if !text.is_for_login {
            let to_number = |sent: &Sent| sent.to == text.to && !sent.is_for_login && counts(sent);
            assert_eq!(
                count(PERIOD, &to_number),
                0,
                "two texts to a number in 5 minutes"
            );
            assert!(
                count(DAY, &to_number) < 5,
                "6 texts to a number in 24 hours"
            );
        }
        assert!(
            self.0.iter().all(|sent| sent.id != text.id),
            "called twice for an event"
        );
        self.went_out(text);
    }

    /// Records a text that was sent before this life.
    pub fn went_out(&mut self, text: Sent) {
        self.0.push(text);
    }

    /// Records the answer of the provider.
    pub fn settle(&mut self, id: Uuid, fate: SentFate) {
        for text in self.0.iter_mut().filter(|text| text.id == id) {
            text.fate = fate;
        }
    }

    /// Ends the codes of some texts.
    pub fn end(&mut self, which: impl Fn(&Sent) -> bool) {
        for text in self.0.iter_mut().filter(|text| which(text)) {
            text.has_ended = true;
        }
    }

    /// Returns the text whose code is accepted for a session now.
    pub fn good_login_code(
        &self,
        who: usize,
        session: &str,
        entered: &str,
        now: Timestamp,
    ) -> Option<Uuid> {
        let of_session = || {
            self.0
                .iter()
                .filter(|text| text.who == who && text.session == session && text.is_for_login)
        };
        let replaced = |text: &Sent| {
            of_session().any(|other| other.at > text.at && other.fate == SentFate::Sent)
        };
        let good = |text: &&Sent| {
            text.code == entered
                && !text.has_ended
                && text.fate != SentFate::Refused
                && text.at + GOOD_FOR > now
                && !replaced(text)
        };
        of_session().find(good).map(|text| text.id)
    }

    /// Returns whether a code confirms the number that a text was sent to.
    pub fn confirms(&self, id: Uuid, entered: &str, now: Timestamp) -> bool {
        self.0.iter().any(|text| {
            text.id == id && text.code == entered && !text.has_ended && text.at + GOOD_FOR > now
        })
    }
}
