//! Starting the set-up of a mobile number: its reasons in their order, and the throttle of numbers.

use twofactor_rules::text::ProviderAnswer::{NumberRejected, Unavailable, Unknown};

use crate::enrollment_sms_confirmed::{self, DONE, PENDING};
use crate::event::{Entered, confirm_sms, give_up, login, reset, start_sms, text};
use crate::fixture::{NUMBER, OTHER_NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

const INVALID: &str = "enrollment.rejected invalid_number try_again";

/// Everything about mobile numbers. The order decides which outcome of a kind is recorded first.
pub fn table(seen: &mut Seen) {
    enrollment_sms_confirmed::guarded_confirmation(seen);
    starting(seen);
    numbers(seen);
    throttle_of_users(seen);
    throttle_of_numbers(seen);
    provider(seen);
    enrollment_sms_confirmed::confirming(seen);
    enrollment_sms_confirmed::ends(seen);
    enrollment_sms_confirmed::one_user_per_number(seen);
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

/// E.164, or national with its region; mobile; in a country that texts may be sent to.
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
    // A landline, another country, too short, and no number at all.
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
    // Another number is not limited, and other users never hold back a login text.
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
    // A refused text gives the slot of the number back too.
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
    // A crash: the code is valid, the provider is called once.
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

#[test]
fn setting_up_a_number() {
    table(&mut Seen::default());
}
