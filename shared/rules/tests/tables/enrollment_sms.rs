//! Setting a mobile number up: its reasons in their order, the throttle of numbers, M18.

use twofactor_contract::Method;
use twofactor_rules::text::ProviderAnswer::{NumberRejected, Unavailable, Unknown};

use crate::event::{Entered, confirm_sms, confirm_totp, give_up, login, reset, start_sms, text};
use crate::fixture::{NUMBER, OTHER_NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

const PENDING: &str = "enrollment.pending accepted";
const DONE: &str = "enrollment.completed";
const INVALID: &str = "enrollment.rejected invalid_number try_again";

/// Everything of a mobile number.
pub fn table(seen: &mut Seen) {
    guarded_confirmation(seen);
    starting(seen);
    numbers(seen);
    throttle_of_users(seen);
    throttle_of_numbers(seen);
    provider(seen);
    confirming(seen);
    ends(seen);
    one_user_a_number(seen);
}

fn throttled(seconds: i64) -> &'static str {
    format!("enrollment.rejected throttled wait {seconds}s").leak()
}

/// `started`: stale, reset, login, lock, set up already, number, throttle.
fn starting(seen: &mut Seen) {
    let bad = || start_sms("no number");
    let locked = "enrollment.rejected locked ask_admin";
    let there = "enrollment.rejected already_set_up use_another_method";
    play(
        seen,
        given(),
        [(bad().old(121), "enrollment.rejected stale_event try_again")],
    );
    play(
        seen,
        given().reset(1),
        [(bad().old(1), "enrollment.rejected reset_since try_again")],
    );
    let login_first = "enrollment.rejected login_required try_again";
    play(
        seen,
        given().totp().failures(100, 0),
        [(bad(), login_first)],
    );
    play(
        seen,
        given().sms().let_in(0).failures(100, 0),
        [(bad(), locked)],
    );
    play(
        seen,
        given().sms().let_in(0).confirm_failures(100, 0),
        [(bad(), locked)],
    );
    play(seen, given().sms().let_in(0), [(bad(), there)]);
    play(seen, given(), [(bad(), INVALID)]);
    let taken = [
        (start_sms(NUMBER), PENDING),
        (bad(), INVALID),
        (start_sms(NUMBER), throttled(300)),
    ];
    let world = play(seen, given(), taken);
    assert_eq!(world.texted.len(), 1);
    let world = play(seen, given(), [(start_sms(NUMBER), PENDING)]);
    assert_eq!(world.last["method"], "sms");
    assert_eq!(world.last["expires_at"], "2026-11-24T10:10:00.000000Z");
    assert_eq!(world.last["next_request_at"], "2026-11-24T10:05:00.000000Z");
    assert_eq!(world.last["billed_to"], "system");
}

/// E.164, or national with its region; mobile; in a country where texts may go.
fn numbers(seen: &mut Seen) {
    for number in ["+44 7400 123456", "+44 (0)7400-123456"] {
        play(seen, given(), [(start_sms(number), PENDING)]);
    }
    let national = || start_sms("07400 123456");
    play(
        seen,
        given(),
        [(national().with("region", "GB".into()), PENDING)],
    );
    play(seen, given(), [(national(), INVALID)]);
    play(
        seen,
        given(),
        [(national().with("region", "XX".into()), INVALID)],
    );
    // A landline, another country, too short, and what is none at all.
    for number in [
        "+442079460000",
        "+33612345678",
        "+4474001",
        "",
        "anna",
        "+447700900123",
    ] {
        play(seen, given(), [(start_sms(number), INVALID)]);
    }
}

/// Login and enrollment texts together.
fn throttle_of_users(seen: &mut Seen) {
    play(
        seen,
        given().ben_has(OTHER_NUMBER),
        [
            (start_sms(NUMBER), PENDING),
            (start_sms(OTHER_NUMBER).after(299), throttled(1)),
            (confirm_sms(Entered::Texted(0)), DONE),
            (text(), "sms.throttled wait 1s"),
            (text().after(1), "sms.sent accepted enter_code"),
            (login().texted(0), "login.accepted sms"),
            (give_up("sms"), "enrollment.removed"),
            (start_sms(NUMBER), throttled(300)),
        ],
    );
}

/// One enrollment text per number in 5 minutes and 5 in 24 hours, over all users.
fn throttle_of_numbers(seen: &mut Seen) {
    let by = |user: &str| start_sms(NUMBER).user(user);
    let mut world = play(
        seen,
        given(),
        [
            (by("u1"), PENDING),
            (by("u2").after(299), throttled(1)),
            (by("u2").after(1), PENDING),
            (by("u3").after(300), PENDING),
            (by("u4").after(300), PENDING),
            (by("u5").after(300), PENDING),
            (by("u6").after(300), throttled(86_400 - 5 * 300)),
        ],
    );
    // Another number is free, and a login text is never held back by other users.
    let other = start_sms(OTHER_NUMBER).user("u6");
    world = play(seen, world, [(other, PENDING)]).sms();
    world = play(seen, world, [(text(), "sms.sent accepted enter_code")]);
    play(seen, world, [(by("u7").after(86_400 - 1500), PENDING)]);
    // Over all tenants.
    let south = crate::event::set_policy(true, 0).tenant("south");
    play(
        seen,
        given(),
        [
            (south, "enrollment.policy"),
            (by("u1").tenant("south"), PENDING),
            (by("u1"), throttled(300)),
        ],
    );
    // A refused text gives the number back too.
    let refused = by("u1").provider(Unavailable);
    let failed = "enrollment.rejected provider_unavailable try_again";
    play(seen, given(), [(refused, failed), (by("u2"), PENDING)]);
}

fn provider(seen: &mut Seen) {
    let rejected = start_sms(NUMBER).provider(NumberRejected);
    let not_started = (
        confirm_sms(Entered::Texted(0)),
        "enrollment.rejected not_started set_up",
    );
    let no = (
        rejected,
        "enrollment.rejected number_rejected use_another_method",
    );
    play(seen, given(), [no, not_started.clone()]);
    let unavailable = start_sms(NUMBER).provider(Unavailable);
    let no = (
        unavailable.clone(),
        "enrollment.rejected provider_unavailable try_again",
    );
    play(seen, given(), [no.clone(), not_started]);
    let unknown = start_sms(NUMBER).provider(Unknown);
    let confirm = (confirm_sms(Entered::Texted(0)), DONE);
    play(
        seen,
        given(),
        [(unknown, "enrollment.pending unknown"), confirm.clone()],
    );
    // Five calls in five minutes.
    let last = (
        unavailable,
        "enrollment.rejected provider_unavailable try_again 300s",
    );
    let four = [no.clone(), no.clone(), no.clone(), no.clone()];
    let world = play(seen, given(), four);
    play(
        seen,
        world,
        [last, (start_sms(OTHER_NUMBER), throttled(300))],
    );
    // A crash: the code is good, the provider is called once.
    let call = || start_sms(NUMBER).id("a");
    let world = play(
        seen,
        given(),
        [
            (call().crashes(), "held"),
            (call(), "in flight"),
            (call().redelivered(), "enrollment.pending unknown"),
            confirm,
        ],
    );
    assert_eq!(world.texted.len(), 1);
    // A reset in between.
    let since = "enrollment.rejected reset_since try_again";
    let held = [
        (call().crashes(), "held"),
        (reset().after(1), "reset.completed"),
        (call().redelivered().old(1), since),
    ];
    play(seen, given(), held);
}

/// `confirmed`: … wait, not started, malformed, expired, wrong.
fn confirming(seen: &mut Seen) {
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

/// What ends a pending number.
fn ends(seen: &mut Seen) {
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

/// M18: decided at the confirmation, so that starting tells nobody whether a number is known.
fn one_user_a_number(seen: &mut Seen) {
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
    // It is free again where the other gave it up, or was reset.
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

fn guarded_confirmation(seen: &mut Seen) {
    let typed = || confirm_sms(Entered::Typed("abc234"));
    let locked = "enrollment.rejected locked ask_admin";
    play(seen, given().failures(100, 0), [(typed(), locked)]);
    let there = "enrollment.rejected already_set_up use_another_method";
    play(seen, given().sms().let_in(0), [(typed(), there)]);
}

#[test]
fn setting_a_number_up() {
    table(&mut Seen::default());
}
