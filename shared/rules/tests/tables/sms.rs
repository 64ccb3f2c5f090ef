//! `sms.requested.v1`: the order of its checks, the throttle, and the answers of the provider.

use serde_json::json;
use twofactor_rules::text::ProviderAnswer::{NumberRejected, Unavailable, Unknown};

use crate::event::{Event, erase, give_up, login, reset, text};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

const SENT: &str = "sms.sent accepted enter_code";
const FAILED: &str = "sms.failed provider_unavailable try_again";

/// Every outcome of a request for a text.
pub fn table(seen: &mut Seen) {
    order(seen);
    sent(seen);
    throttle(seen);
    a_day(seen);
    given_back(seen);
    in_flight(seen);
    voided(seen);
}

fn order(seen: &mut Seen) {
    let not_set_up = "sms.failed method_not_set_up use_another_method";
    let locked = "sms.failed locked ask_admin";
    let waits = "sms.failed too_many_failures wait 30s";
    play(
        seen,
        given().sms(),
        [(text().old(121), "sms.failed stale_event try_again")],
    );
    play(
        seen,
        given().sms().reset(5),
        [(text().old(121), "sms.failed stale_event try_again")],
    );
    play(
        seen,
        given().sms().reset(5),
        [(text().old(5), "sms.failed reset_since try_again")],
    );
    play(
        seen,
        given().reset(5),
        [(text().old(5), "sms.failed reset_since try_again")],
    );
    play(seen, given().totp(), [(text(), not_set_up)]);
    play(
        seen,
        given().totp().failures(100, 0),
        [(text(), not_set_up)],
    );
    play(seen, given().sms().failures(100, 0), [(text(), locked)]);
    play(seen, given().sms().failures(5, 0), [(text(), waits)]);
    let world = play(seen, given().sms(), [(text(), SENT)]);
    play(seen, world.failures(100, 0), [(text(), locked)]);
    let world = play(seen, given().sms(), [(text(), SENT)]);
    play(seen, world.failures(5, 0), [(text(), waits)]);
}

fn sent(seen: &mut Seen) {
    let world = play(seen, given().sms(), [(text(), SENT)]);
    assert_eq!(
        world.last,
        json!({
            "tenant_id": "north", "user_id": "anna", "session_id": "s1",
            "expires_at": "2026-11-24T10:10:00.000000Z", "next_request_at": "2026-11-24T10:05:00.000000Z",
            "billed_to": "system", "delivery": "accepted", "next": "enter_code",
            "message": world.last["message"],
        })
    );
    let call = world.notes.text.as_ref().expect("a row of the text log");
    assert_eq!((call.result, call.country.as_str()), ("accepted", "GB"));
    let unknown = text().provider(Unknown);
    let world = play(
        seen,
        given().sms(),
        [(unknown, "sms.sent unknown enter_code")],
    );
    let call = world.notes.text.as_ref().expect("a row of the text log");
    assert_eq!(call.result, "unknown");
    play(seen, world, [(login().texted(0), "login.accepted sms")]);
    // Neither the number nor the code is in what is kept.
    let world = play(seen, given().sms(), [(text(), SENT)]);
    let kept = format!("{:?} {:?} {:?}", world.state, world.answers, world.notes);
    assert!(
        !kept.contains(NUMBER) && !kept.contains(&world.texted[0]),
        "{kept}"
    );
}

/// One text per user in any 5 minutes, over all sessions.
fn throttle(seen: &mut Seen) {
    play(
        seen,
        given().sms(),
        [
            (text(), SENT),
            (text(), "sms.throttled wait 300s"),
            (text().session("s2").after(1), "sms.throttled wait 299s"),
            // A clock that is set back by an hour, and then corrected.
            (text().after(-3600), "sms.throttled wait 300s"),
            (text().after(3600), "sms.throttled wait 299s"),
            (text().after(298), "sms.throttled wait 1s"),
            (text().after(1), SENT),
        ],
    );
    // A text that may have been sent counts too.
    let unknown = (text().provider(Unknown), "sms.sent unknown enter_code");
    play(
        seen,
        given().sms(),
        [unknown, (text(), "sms.throttled wait 300s")],
    );
    // Using the code, or spending it, gives nothing back.
    let used = (login().texted(0), "login.accepted sms");
    play(
        seen,
        given().sms(),
        [(text(), SENT), used, (text(), "sms.throttled wait 300s")],
    );
}

/// Twenty in 24 hours.
fn a_day(seen: &mut Seen) {
    let mut world = play(seen, given().sms(), [(text(), SENT)]);
    for _ in 1..20 {
        world = play(seen, world, [(text().after(300), SENT)]);
    }
    assert_eq!(world.last["next_request_at"], "2026-11-25T10:00:00.000000Z");
    let day_after = 86_400 - 20 * 300;
    play(
        seen,
        world,
        [
            (text().after(300), "sms.throttled wait 80400s"),
            (text().after(day_after - 1), "sms.throttled wait 1s"),
            (text().after(1), SENT),
            (text(), "sms.throttled wait 300s"),
            (text().after(300), SENT),
        ],
    );
}

/// The slot is given back only on a definite refusal; at most five calls in five minutes.
fn given_back(seen: &mut Seen) {
    let refused = || text().provider(Unavailable);
    let rejected = || text().provider(NumberRejected);
    let no_number = "sms.failed number_rejected use_another_method";
    play(
        seen,
        given().sms(),
        [
            (refused(), FAILED),
            (rejected(), no_number),
            (refused().after(10), FAILED),
            (text(), SENT),
            (text(), "sms.throttled wait 300s"),
        ],
    );
    let world = play(
        seen,
        given().sms(),
        [
            (refused(), FAILED),
            (refused().after(10), FAILED),
            (refused().after(10), FAILED),
            (refused().after(10), FAILED),
            // The fifth: the next call must wait until the first is a period old.
            (
                refused().after(10),
                "sms.failed provider_unavailable try_again 260s",
            ),
            (text(), "sms.throttled wait 260s"),
            (text().after(259), "sms.throttled wait 1s"),
            (text().after(1), SENT),
        ],
    );
    assert_eq!(world.texted.len(), 6, "six calls");
}

/// Between the hold and the answer, and after a crash.
fn in_flight(seen: &mut Seen) {
    let call = || text().crashes().id("a");
    play(
        seen,
        given().sms(),
        [
            (call(), "held"),
            // The slot is taken before the provider is called.
            (text(), "sms.throttled wait 300s"),
            (text().id("a").in_flight(), "in flight"),
            (text().id("a").redelivered().in_flight(), "in flight"),
            (text().id("a"), "in flight"),
            // Only a redelivery shows that the other attempt is over.
            (text().id("a").redelivered(), "sms.sent unknown enter_code"),
            (text().id("a").redelivered(), "repeat of sms.sent"),
            (login().texted(0), "login.accepted sms"),
        ],
    );
    // Without one, 15 seconds are enough: no worker waits longer for the provider.
    let at = |after: i64, old: i64| text().id("a").after(after).old(old);
    let world = play(
        seen,
        given().sms(),
        [
            (call(), "held"),
            (at(14, 14), "in flight"),
            (at(1, 15), "sms.sent unknown enter_code"),
        ],
    );
    assert_eq!(world.texted.len(), 1, "the provider was called once");
    // A hold in the future is over too: the clock was set back.
    let set_back = (at(-20, -20), "sms.sent unknown enter_code");
    play(seen, given().sms(), [(call(), "held"), set_back]);
}

/// A reset, or giving up the method, while the provider is called voids the code.
fn voided(seen: &mut Seen) {
    let voided = "sms.failed reset_since try_again";
    let call = || text().crashes().id("a");
    let again = |old: i64| text().id("a").redelivered().old(old);
    for (event, expected) in [(reset(), "reset.completed"), (erase(), "reset.erased")] {
        let world = play(
            seen,
            given().sms(),
            [
                (call(), "held"),
                (event.after(1), expected),
                (again(1), voided),
            ],
        );
        // The throttle's clock stays.
        let world = world.sms();
        play(seen, world, [(text().after(1), "sms.throttled wait 298s")]);
    }
    let world = given().totp().sms().let_in(0);
    play(
        seen,
        world,
        [
            (call(), "held"),
            (give_up("sms"), "enrollment.removed"),
            (again(0), voided),
        ],
    );
    let kept: Event = login().texted(0);
    let world = play(
        seen,
        given().totp().sms().let_in(0),
        [(text(), SENT), (give_up("sms"), "enrollment.removed")],
    );
    play(
        seen,
        world.sms(),
        [(kept, "login.rejected no_code_sent request_new_code")],
    );
}

#[test]
fn texts_for_a_login() {
    table(&mut Seen::default());
}
