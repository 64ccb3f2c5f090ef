//! The facts that a decision was based on are kept: the count before, the wait, the offset of a
//! code that matched, the limit that held a text back.

use jiff::SignedDuration;
use twofactor_rules::facts::Facts;
use twofactor_rules::throttle::{Pace, Throttled};

use crate::event::{Entered, confirm_totp, login, start_sms, text};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::{World, play};

const USED: &str = "login.rejected code_used try_another_code";
const WRONG: &str = "login.rejected wrong_code try_another_code";

fn facts(world: &World) -> Facts {
    world.notes.facts.clone()
}

/// Returns facts with an offset and a count alone.
fn offset(totp_offset: Option<i8>, failures_before: u32) -> Facts {
    Facts {
        totp_offset,
        failures_before: Some(failures_before),
        ..Facts::default()
    }
}

/// The offset is kept for a code that was accepted, spent before, or of another time.
#[test]
fn a_code_that_matched_has_its_offset() {
    let seen = &mut Seen::default();
    let ahead = play(
        seen,
        given().totp(),
        [(login().app(1), "login.accepted totp")],
    );
    assert_eq!(facts(&ahead), offset(Some(1), 0));
    let again = play(seen, ahead, [(login().app(1), USED)]);
    assert_eq!(facts(&again), offset(Some(1), 0));
    let off = play(seen, again, [(login().app(-4), WRONG)]);
    assert_eq!(facts(&off), offset(Some(-4), 0));
    let wrong = play(seen, off, [(login().typed("totp", "000000"), WRONG)]);
    assert_eq!(facts(&wrong), offset(None, 1));

    let wrong = "enrollment.rejected wrong_code try_another_code";
    let confirmed = play(
        seen,
        given().pending_totp(),
        [(confirm_totp(Entered::App(5)), wrong)],
    );
    assert_eq!(facts(&confirmed), offset(Some(5), 0));
    let confirmed = play(
        seen,
        confirmed,
        [(confirm_totp(Entered::App(-1)), "enrollment.completed")],
    );
    assert_eq!(facts(&confirmed), offset(Some(-1), 1));
}

/// The wait follows from the count before the event, whatever its outcome.
#[test]
fn a_wait_that_ran_is_kept_with_the_count_before() {
    let seen = &mut Seen::default();
    let waiting = given().totp().failures(7, 20);
    let until = waiting.now + SignedDuration::from_secs(100);
    for (event, expected) in [
        (login().app(0), "login.rejected too_many_failures wait 100s"),
        (login(), "login.challenged enter_code 100s"),
    ] {
        let world = play(seen, given().totp().failures(7, 20), [(event, expected)]);
        assert_eq!(facts(&world).failures_before, Some(7), "{expected}");
        assert_eq!(facts(&world).waits_until, Some(until), "{expected}");
    }
}

/// The facts name the limit that held a text back, the user's or the number's, and its end.
#[test]
fn a_throttled_text_names_its_limit() {
    let seen = &mut Seen::default();
    let sent = (text(), "sms.sent accepted enter_code");
    let throttled = (text().after(60), "sms.throttled wait 240s");
    let world = play(seen, given().sms(), [sent, throttled]);
    let until = world.now + SignedDuration::from_secs(240);
    let by = |by| Some(Throttled { until, by });
    assert_eq!(facts(&world).throttled, by(Pace::UserPeriod));

    let started = (start_sms(NUMBER), "enrollment.pending accepted");
    let other = (
        start_sms(NUMBER).user("ben").after(60),
        "enrollment.rejected throttled wait 240s",
    );
    let world = play(seen, given(), [started, other]);
    assert_eq!(facts(&world).throttled, by(Pace::NumberPeriod));
}
