//! Confirming a mobile number: its reasons in their order, what ends a pending number, M18.

use twofactor_contract::Method;

use crate::event::{Entered, confirm_sms, confirm_totp, give_up, login, reset, start_sms};
use crate::fixture::{NUMBER, OTHER_NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

pub const PENDING: &str = "enrollment.pending accepted";
pub const DONE: &str = "enrollment.completed";

pub fn guarded_confirmation(seen: &mut Seen) {
    let typed = || confirm_sms(Entered::Typed("abc234"));
    let locked = "enrollment.rejected locked ask_admin";
    play(seen, given().failures(100, 0), [(typed(), locked)]);
    let there = "enrollment.rejected already_set_up use_another_method";
    play(seen, given().sms().let_in(0), [(typed(), there)]);
}

/// `confirmed`: … wait, not started, malformed, expired, wrong.
pub fn confirming(seen: &mut Seen) {
    let typed = |text| confirm_sms(Entered::Typed(text));
    let right = || confirm_sms(Entered::Texted(0));
    let sent = || (start_sms(NUMBER), PENDING);
    let not_started = "enrollment.rejected not_started set_up";
    let expired = "enrollment.rejected code_expired request_new_code";
    let malformed = "enrollment.rejected malformed_code try_another_code";
    let started = play(seen, given(), [sent()]).confirm_failures(5, 0);
    play(
        seen,
        started,
        [(typed("x"), "enrollment.rejected too_many_failures wait 30s")],
    );
    play(seen, given(), [(typed("x"), not_started)]);
    play(
        seen,
        given(),
        [
            sent(),
            (typed("ABC234"), malformed),
            (typed("x"), malformed),
            (right(), DONE),
            (right(), "enrollment.rejected login_required try_again"),
        ],
    );
    play(seen, given(), [sent(), (right().after(599), DONE)]);
    play(
        seen,
        given(),
        [
            sent(),
            (typed("x").after(600), malformed),
            (right(), expired),
        ],
    );
    confirmed(seen);
}

fn confirmed(seen: &mut Seen) {
    let typed = |text| confirm_sms(Entered::Typed(text));
    let right = || confirm_sms(Entered::Texted(0));
    let sent = || (start_sms(NUMBER), PENDING);
    let wrong = "enrollment.rejected wrong_code request_new_code";
    let not_started = "enrollment.rejected not_started set_up";
    // One wrong well-formed entry spends the code, and with it the set-up.
    let mut world = play(
        seen,
        given(),
        [sent(), (typed("abc234"), wrong), (right(), not_started)],
    );
    assert_eq!(world.user().confirm_failures.count, 1);
    assert_eq!(world.user().login_failures.count, 0);
    // A login text confirms nothing, nor does an enrollment text let in.
    let mut world = play(seen, given(), [sent(), (right(), DONE)]);
    assert_eq!(world.methods(), [Method::Sms, Method::Backup]);
    assert_eq!(
        world.last["backup_codes"].as_array().map(Vec::len),
        Some(10)
    );
    let no_code = "login.rejected no_code_sent request_new_code";
    play(
        seen,
        world,
        [
            (login().texted(0), no_code),
            (login(), "login.accepted enrolled"),
        ],
    );
    // Failures are counted over both methods.
    let both = given().pending_totp().confirm_failures(4, 0);
    play(
        seen,
        both,
        [
            sent(),
            (
                typed("abc234"),
                "enrollment.rejected wrong_code request_new_code 30s",
            ),
            (
                confirm_totp(Entered::App(0)),
                "enrollment.rejected too_many_failures wait 30s",
            ),
        ],
    );
}

/// Everything that ends a pending number.
pub fn ends(seen: &mut Seen) {
    let right = || confirm_sms(Entered::Texted(0));
    let sent = || (start_sms(NUMBER), PENDING);
    let not_started = "enrollment.rejected not_started set_up";
    play(
        seen,
        given(),
        [
            sent(),
            (give_up("sms"), "enrollment.removed"),
            (right(), not_started),
        ],
    );
    play(
        seen,
        given(),
        [
            sent(),
            (reset(), "reset.completed"),
            (right().after(1), not_started),
        ],
    );
    // Starting again replaces it; the older code is told from a wrong one.
    play(
        seen,
        given(),
        [
            sent(),
            (start_sms(OTHER_NUMBER).after(300), PENDING),
            (
                confirm_sms(Entered::Texted(1)),
                "enrollment.rejected code_expired request_new_code",
            ),
            (right(), DONE),
        ],
    );
}

/// M18 is decided at the confirmation, so that a start does not reveal whether a number is known.
pub fn one_user_per_number(seen: &mut Seen) {
    let no = "enrollment.rejected number_not_accepted use_another_method";
    let right = || confirm_sms(Entered::Texted(0));
    let world = play(
        seen,
        given().ben_has(NUMBER),
        [
            (start_sms(NUMBER), PENDING),
            (right(), no),
            (right(), "enrollment.rejected not_started set_up"),
        ],
    );
    assert!(!world.state.users[&crate::world::World::anna()].has_method());
    // Two users at once: the first confirmation wins.
    play(
        seen,
        given(),
        [
            (start_sms(NUMBER), PENDING),
            (start_sms(NUMBER).user("ben").after(300), PENDING),
            (confirm_sms(Entered::Texted(1)), DONE),
            (right().user("ben"), no),
        ],
    );
    // It is free again once the other user gave it up, or was reset.
    for (event, expected) in [
        (give_up("sms"), "enrollment.removed"),
        (reset(), "reset.completed"),
    ] {
        let world = given().sms().let_in(0);
        let start = start_sms(NUMBER).user("ben").after(1);
        play(
            seen,
            world,
            [
                (event, expected),
                (start, PENDING),
                (right().user("ben"), DONE),
            ],
        );
    }
}
