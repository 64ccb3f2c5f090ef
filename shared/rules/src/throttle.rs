//! How often a text may go out: to a user, and in set-ups to a number.
//!
//! A slot is one call of the provider. It counts from the moment it is taken, by the database's
//! clock, and stops counting only where the provider definitely refused the text.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::user::TextFate;
use crate::{Limits, User};

/// When the user may get the next text, if not now.
pub fn user_waits_until(user: &User, now: Timestamp, limits: &Limits) -> Option<Timestamp> {
    let calls = newest_first(user.texts.values().map(|text| text.taken_at));
    let sent = newest_first(
        user.texts
            .values()
            .filter(|text| text.fate != TextFate::Refused)
            .map(|text| text.taken_at),
    );
    let frees = [
        frees_at(&sent, 1, limits.sms_throttle),
        frees_at(&sent, Limits::TEXTS_A_DAY, Limits::DAY),
        frees_at(&calls, Limits::CALLS_A_PERIOD, limits.sms_throttle),
    ];
    frees.into_iter().flatten().max().filter(|at| *at > now)
}

/// When a number may get the next enrollment text, if not now. `texts` are those of 24 hours, over
/// all users of all tenants.
pub fn number_waits_until(
    texts: &BTreeMap<Uuid, Timestamp>,
    now: Timestamp,
    limits: &Limits,
) -> Option<Timestamp> {
    let sent = newest_first(texts.values().copied());
    let frees = [
        frees_at(&sent, 1, limits.sms_throttle),
        frees_at(&sent, Limits::NUMBER_TEXTS_A_DAY, Limits::DAY),
    ];
    frees.into_iter().flatten().max().filter(|at| *at > now)
}

fn newest_first(moments: impl Iterator<Item = Timestamp>) -> Vec<Timestamp> {
    let mut moments: Vec<_> = moments.collect();
    moments.sort_unstable_by(|a, b| b.cmp(a));
    moments
}

/// When fewer than `most` of the moments lie within the period.
fn frees_at(newest_first: &[Timestamp], most: usize, period: SignedDuration) -> Option<Timestamp> {
    newest_first
        .get(most - 1)
        .map(|taken_at| *taken_at + period)
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
        let waits =
            |minutes: &[i64], now| number_waits_until(&texts(minutes), minute(now), &limits);
        assert_eq!(waits(&[], 0), None);
        assert_eq!(waits(&[0], 4), Some(minute(5)));
        assert_eq!(waits(&[0], 5), None);
        assert_eq!(waits(&[0, 10, 20, 30, 40], 50), Some(minute(24 * 60)));
    }
}
