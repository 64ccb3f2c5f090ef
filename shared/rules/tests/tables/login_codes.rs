//! `login.attempted.v1`, rule 4: each reason why a code is not accepted.

use jiff::{SignedDuration, Timestamp};
use twofactor_rules::totp_secret;

use crate::event::Entered;
use crate::event::{Event, confirm_totp, login, new_backup_codes, text};
use crate::fixture::{given, start};
use crate::seen::Seen;
use crate::support::app_code;
use crate::world::play;

const WRONG: &str = "login.rejected wrong_code try_another_code";
const SENT: &str = "sms.sent accepted enter_code";

/// Rule 4.
pub fn table(seen: &mut Seen) {
    not_set_up(seen);
    totp(seen);
    totp_clock(seen);
    same_digits(seen);
    sms(seen);
    sms_ends(seen);
    backup(seen);
    order(seen);
}

/// Returns a login with a wrong code.
fn wrong() -> Event {
    login().typed("totp", "000000")
}

fn not_set_up(seen: &mut Seen) {
    let no = "login.rejected method_not_set_up use_another_method";
    play(seen, given().sms(), [(wrong(), no)]);
    play(seen, given().totp(), [(login().typed("sms", "abc234"), no)]);
    play(seen, given().totp(), [(login().typed("backup", "x"), no)]);
    play(seen, given().sms().pending_totp(), [(login().app(0), no)]);
}

fn totp(seen: &mut Seen) {
    let good = "login.accepted totp";
    let used = "login.rejected code_used try_another_code";
    let malformed = "login.rejected malformed_code try_another_code";
    for typed in ["", "12345", "1234567", "12345x", "１２３４５６", "123_456"] {
        play(
            seen,
            given().totp(),
            [(login().typed("totp", typed), malformed)],
        );
    }
    // One step either side holds; each step once, in any order.
    play(
        seen,
        given().totp(),
        [
            (login().app(1), good),
            (login().app(-1), good),
            (login().app(0), good),
            (login().app(0), used),
            (login().app(1), used),
            (login().app(-1), used),
            (login().app(0).after(30), used),
            (login().app(1), good),
        ],
    );
    // In another session too.
    play(
        seen,
        given().totp(),
        [(login().app(0), good), (login().app(0).session("s2"), used)],
    );
    // Judged at `time`, which is earlier here, and never at a clock that runs ahead.
    play(seen, given().totp(), [(login().app(0).old(115), good)]);
    play(seen, given().totp(), [(login().app(0).old(-1), good)]);
    play(seen, given().totp(), [(login().app(1).old(-30), WRONG)]);
    play(seen, given().totp(), [(wrong(), WRONG)]);
    // Spaces and dashes are dropped.
    let code = app_code(b"12345678901234567890", start());
    let spaced: &'static str =
        format!(" {}\u{200b}\u{2011} {}\u{202c}", &code[..3], &code[3..]).leak();
    play(
        seen,
        given().totp(),
        [(login().typed("totp", spaced), good)],
    );
    // The code that confirmed the app is spent by it.
    play(
        seen,
        given().pending_totp(),
        [
            (confirm_totp(Entered::App(0)), "enrollment.completed"),
            (login().app(0), used),
            (login().app(1), good),
        ],
    );
}

/// A code within ten steps is still wrong and counted, and the message mentions the clock.
fn totp_clock(seen: &mut Seen) {
    for (steps, clock) in [
        (2, Some("60 seconds ahead")),
        (-10, Some("5 minutes behind")),
        (11, None),
    ] {
        let mut world = play(seen, given().totp(), [(login().app(steps), WRONG)]);
        let message = world.last["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(message.contains("clock"), clock.is_some(), "{message}");
        assert!(message.contains(clock.unwrap_or_default()), "{message}");
        assert_eq!(world.user().login_failures.count, 1);
        assert_eq!(
            world.notes.measured_offset().map(i64::from),
            clock.map(|_| steps)
        );
    }
}

/// The secret shows 678344 both at 12:33:00 and at 12:33:30 on 28 November 2026: once accepted for
/// either step, the digits are spent for both, in every event.
fn same_digits(seen: &mut Seen) {
    let good = "login.accepted totp";
    let used = "login.rejected code_used try_another_code";
    let secret = totp_secret::read("F56TXFIMGAOTW7BOWA5GOEP7NCLEJAQ2").expect("a secret");
    let at = |second: i64| {
        let mut world = given().totp_of(&secret);
        let first: Timestamp = "2026-11-28T12:33:00Z".parse().expect("a moment");
        world.now = first + SignedDuration::from_secs(second);
        world
    };
    let same = || login().typed("totp", "678344");
    play(seen, at(30), [(same(), good), (same().after(7), used)]);
    play(seen, at(0), [(same(), good), (same().after(30), used)]);
    play(
        seen,
        at(50),
        [
            (same(), good),
            (same().old(45), used),
            (same().after(30), used),
        ],
    );
    play(
        seen,
        at(61),
        [(same(), good), (same().old(61).session("s2"), used)],
    );
    // Another code of the same app is not affected.
    play(
        seen,
        at(30),
        [
            (same(), good),
            (login().app(1), good),
            (login().app(-1).old(30), good),
        ],
    );
}

fn sms(seen: &mut Seen) {
    let good = "login.accepted sms";
    let sent = (text(), SENT);
    let no_code = "login.rejected no_code_sent request_new_code";
    let malformed = "login.rejected malformed_code try_another_code";
    let typed = |typed| login().typed("sms", typed);
    play(seen, given().sms(), [(typed("abc234"), no_code)]);
    play(
        seen,
        given().sms(),
        [
            sent.clone(),
            (typed("ABC234"), malformed),
            (typed("abc23"), malformed),
            (typed("abc10o"), malformed),
            // Another session has no code.
            (login().texted(0).session("s2"), no_code),
            (login().texted(0), good),
            (
                login().texted(0),
                "login.rejected code_used request_new_code",
            ),
            (typed("abc234"), no_code),
        ],
    );
    let world = play(
        seen,
        given().sms(),
        [sent.clone(), (typed("ABC234"), malformed)],
    );
    let message = world.last["message"].as_str().unwrap_or_default();
    assert!(message.contains("caps lock"), "{message}");
    // One wrong well-formed entry spends the code.
    let mut world = play(
        seen,
        given().sms(),
        [
            sent.clone(),
            (
                typed("abc234"),
                "login.rejected wrong_code request_new_code",
            ),
            (login().texted(0), no_code),
            (typed("abc234"), no_code),
        ],
    );
    assert_eq!(world.user().login_failures.count, 1);
    play(
        seen,
        given().sms(),
        [sent.clone(), (login().texted(0).after(599), good)],
    );
    let late = (
        login().texted(0).after(600),
        "login.rejected code_expired request_new_code",
    );
    let mut world = play(seen, given().sms(), [sent, late.clone(), late]);
    assert_eq!(world.user().login_failures.count, 0);
}

/// A newer text ends the older code of the same session, once the newer text counts as sent.
fn sms_ends(seen: &mut Seen) {
    use twofactor_rules::text::ProviderAnswer::{Unavailable, Unknown};
    let good = "login.accepted sms";
    let old = "login.rejected code_expired request_new_code";
    let sent = || (text(), SENT);
    let later = || text().after(300);
    play(
        seen,
        given().sms(),
        [
            sent(),
            (later(), SENT),
            (login().texted(1), old),
            (login().texted(0), good),
            (login().texted(1), old),
        ],
    );
    let maybe = (later().provider(Unknown), "sms.sent unknown enter_code");
    play(
        seen,
        given().sms(),
        [
            sent(),
            maybe,
            (login().texted(1), old),
            (login().texted(0), good),
        ],
    );
    // Not by one that was refused, nor by that of another session.
    let refused = (
        later().provider(Unavailable),
        "sms.failed provider_unavailable try_again",
    );
    play(
        seen,
        given().sms(),
        [sent(), refused, (login().texted(1), good)],
    );
    let other = (later().session("s2"), SENT);
    play(
        seen,
        given().sms(),
        [sent(), other, (login().texted(1), good)],
    );
    // The code of a refused text is not valid.
    let unsent = (
        text().provider(Unavailable),
        "sms.failed provider_unavailable try_again",
    );
    let no_code = "login.rejected no_code_sent request_new_code";
    play(seen, given().sms(), [unsent, (login().texted(0), no_code)]);
    // The code of a text whose call is still running is valid: it may have arrived.
    play(
        seen,
        given().sms(),
        [(text().crashes(), "held"), (login().texted(0), good)],
    );
}

fn backup(seen: &mut Seen) {
    let good = "login.accepted backup";
    let used = "login.rejected code_used try_another_code";
    let world = || given().totp().backup_codes();
    let mut after = play(
        seen,
        world(),
        [
            (login().backup(3), good),
            (login().backup(3), used),
            (login().backup(3).session("s2"), used),
            (login().typed("backup", "0000-0000-0000-0000"), WRONG),
            (
                login().typed("backup", "0000"),
                "login.rejected malformed_code try_another_code",
            ),
            (login().backup(0), good),
        ],
    );
    assert_eq!(after.last["backup_codes_left"], 8);
    assert_eq!(after.user().login_failures.count, 0, "neither counted");
    // Case, spaces and hyphens do not matter.
    let mut typing = world();
    let written: &'static str = typing.backup[5].to_lowercase().replace('-', " ").leak();
    typing = play(seen, typing, [(login().typed("backup", written), good)]);
    assert_eq!(typing.last["backup_codes_left"], 9);
    // A new set voids the old one.
    let mut old = world().let_in(0);
    let first: &'static str = old.backup[0].clone().leak();
    old = play(seen, old, [(new_backup_codes(), "enrollment.backup_codes")]);
    play(
        seen,
        old,
        [
            (login().typed("backup", first), WRONG),
            (login().backup(0), good),
        ],
    );
}

/// If two reasons apply, the earlier one is answered.
fn order(seen: &mut Seen) {
    let not_set_up = "login.rejected method_not_set_up use_another_method";
    let locked = "login.rejected locked ask_admin";
    let waits = "login.rejected too_many_failures wait 30s";
    play(
        seen,
        given().sms().failures(100, 0),
        [(wrong(), not_set_up)],
    );
    play(
        seen,
        given().totp().failures(100, 0),
        [(login().typed("totp", "x"), locked)],
    );
    play(
        seen,
        given().totp().failures(5, 0),
        [(login().typed("totp", "x"), waits)],
    );
    play(
        seen,
        given().totp(),
        [
            (
                login().app(0).old(121),
                "login.rejected stale_event try_again",
            ),
            (login().app(0), "login.accepted totp"),
        ],
    );
    // A used code costs nothing.
    let mut world = play(
        seen,
        given().totp(),
        [
            (login().app(0), "login.accepted totp"),
            (login().app(0), "login.rejected code_used try_another_code"),
        ],
    );
    assert_eq!(world.user().login_failures.count, 0);
}

#[test]
fn codes_are_rejected_for_each_reason() {
    table(&mut Seen::default());
}
