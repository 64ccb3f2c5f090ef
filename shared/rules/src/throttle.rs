//! The throttle of texts: how often one may be sent to a user, and in set-ups to a number.
//!
//! A slot is one call of the provider. It counts from the time at which it is taken, by the
//! database's clock, and stops counting only if the provider definitely refused the text. A slot in
//! the future, because that clock was set back, counts from now, so that nobody waits longer than a
//! period.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Limits;
use crate::user::{SentText, TextFate};

/// A text that is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Throttled {
    /// End of the wait.
    pub until: Timestamp,
    /// The limit that holds it back: of several, the one that ends last.
    pub by: Pace,
}

/// A limit on texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// One text to a user in a throttle period.
    UserPeriod,
    /// Texts to a user in a day.
    UserDay,
    /// Calls of the provider for a user in a throttle period.
    UserCalls,
    /// One enrollment text to a number in a throttle period.
    NumberPeriod,
    /// Enrollment texts to a number in a day.
    NumberDay,
}

impl Pace {
    /// Every limit, in order.
    pub const ALL: [Self; 5] = [
        Self::UserPeriod,
        Self::UserDay,
        Self::UserCalls,
        Self::NumberPeriod,
        Self::NumberDay,
    ];

    /// Returns the name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserPeriod => "user_period",
            Self::UserDay => "user_day",
            Self::UserCalls => "user_calls",
            Self::NumberPeriod => "number_period",
            Self::NumberDay => "number_day",
        }
    }

    /// Returns the limit of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.as_str() == name)
    }
}

/// Returns the wait until a user with these texts may get the next one; `None` if now.
pub fn user_waits(
    texts: &BTreeMap<Uuid, SentText>,
    now: Timestamp,
    limits: &Limits,
) -> Option<Throttled> {
    waits(texts, |fate| fate != TextFate::Refused, now, limits)
}

/// Returns the time from which another text can be requested, once this one of the user's texts
/// counts as sent.
pub(crate) fn next_request_at(
    sent: &SentText,
    texts: &BTreeMap<Uuid, SentText>,
    now: Timestamp,
    limits: &Limits,
) -> Timestamp {
    let next = sent.taken_at + limits.sms_throttle;
    user_waits(texts, now, limits).map_or(next, |throttled| throttled.until.max(next))
}

/// Returns the wait once the provider has refused the held text: its slot is given back, so as a
/// rule only the limit of calls in a period still runs.
pub(crate) fn waits_after_refusal(
    texts: &BTreeMap<Uuid, SentText>,
    now: Timestamp,
    limits: &Limits,
) -> Option<Throttled> {
    let is_sent = |fate| !matches!(fate, TextFate::Refused | TextFate::Held);
    waits(texts, is_sent, now, limits)
}

fn waits(
    texts: &BTreeMap<Uuid, SentText>,
    is_sent: impl Fn(TextFate) -> bool,
    now: Timestamp,
    limits: &Limits,
) -> Option<Throttled> {
    let calls = newest_first(texts.values().map(|text| text.taken_at), now);
    let sent = texts.values().filter(|text| is_sent(text.fate));
    let sent = newest_first(sent.map(|text| text.taken_at), now);
    let frees = [
        frees_at(&sent, 1, limits.sms_throttle, Pace::UserPeriod),
        frees_at(&sent, Limits::TEXTS_A_DAY, Limits::DAY, Pace::UserDay),
        frees_at(
            &calls,
            Limits::CALLS_A_PERIOD,
            limits.sms_throttle,
            Pace::UserCalls,
        ),
    ];
    last(frees, now)
}

/// Returns the wait until a number may get the next enrollment text; `None` if now. `texts` are
/// those of the last 24 hours, over all users of all institutions.
pub fn number_waits(
    texts: &BTreeMap<Uuid, Timestamp>,
    now: Timestamp,
    limits: &Limits,
) -> Option<Throttled> {
    let sent = newest_first(texts.values().copied(), now);
    let frees = [
        frees_at(&sent, 1, limits.sms_throttle, Pace::NumberPeriod),
        frees_at(
            &sent,
            Limits::NUMBER_TEXTS_A_DAY,
            Limits::DAY,
            Pace::NumberDay,
        ),
    ];
    last(frees, now)
}

/// Returns the wait that ends last, if it still runs.
fn last(frees: impl IntoIterator<Item = Option<Throttled>>, now: Timestamp) -> Option<Throttled> {
    let ends = frees.into_iter().flatten().max();
    ends.filter(|throttled| throttled.until > now)
}

fn newest_first(moments: impl Iterator<Item = Timestamp>, now: Timestamp) -> Vec<Timestamp> {
    let mut moments: Vec<_> = moments.map(|moment| moment.min(now)).collect();
    moments.sort_unstable_by(|a, b| b.cmp(a));
    moments
}

/// Returns the wait until fewer than `most` of these times are within the period.
fn frees_at(
    newest_first: &[Timestamp],
    most: usize,
    period: SignedDuration,
    by: Pace,
) -> Option<Throttled> {
    newest_first.get(most - 1).map(|taken_at| Throttled {
        until: *taken_at + period,
        by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    #[test]
    fn a_number_gets_one_text_in_five_minutes_and_five_a_day() {
        let limits = Limits::default();
        let texts = |minutes: &[i64]| -> BTreeMap<Uuid, Timestamp> {
            minutes
                .iter()
                .map(|at| (Uuid::from_u128(at.unsigned_abs().into()), minute(*at)))
                .collect()
        };
        let waits = |minutes: &[i64], now| number_waits(&texts(minutes), minute(now), &limits);
        let throttled = |at, by| {
            Some(Throttled {
                until: minute(at),
                by,
            })
        };
        assert_eq!(waits(&[], 0), None);
        assert_eq!(waits(&[0], 4), throttled(5, Pace::NumberPeriod));
        assert_eq!(waits(&[0], 5), None);
        assert_eq!(
            waits(&[0, 10, 20, 30, 40], 50),
            throttled(24 * 60, Pace::NumberDay)
        );
        for pace in Pace::ALL {
            assert_eq!(Pace::parse(pace.as_str()), Some(pace));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_lets_nobody_wait_longer_than_a_period() {
        let limits = Limits::default();
        let at = |minutes: &[i64]| {
            let text = |at: &i64| (Uuid::from_u128(at.unsigned_abs().into()), minute(*at));
            minutes.iter().map(text).collect()
        };
        // What was taken an hour ahead, or two seconds, as on a machine that took over.
        for ahead in [60, 24 * 60, 1] {
            let until = number_waits(&at(&[ahead]), minute(0), &limits).map(|by| by.until);
            assert_eq!(until, Some(minute(5)), "{ahead} minutes ahead");
        }
        let day = number_waits(&at(&[61, 62, 63, 64, 65]), minute(0), &limits);
        assert_eq!(day.map(|by| by.until), Some(minute(24 * 60)));
    }
}
