//! `reset.requested.v1` and `reset.user.erased.v1`: everything is removed in one step.

use serde_json::json;
use twofactor_rules::User;
use twofactor_rules::state::{CodeEnd, SentText};

use crate::event::{
    Entered, confirm_totp, erase, exempt, give_up, login, own_profile, reset, start_sms, text,
};
use crate::fixture::{NUMBER, OTHER_NUMBER, given, start};
use crate::seen::Seen;
use crate::world::{World, play};

const DONE: &str = "reset.completed";
const SET_UP: &str = "login.challenged set_up";

/// The effects of a reset and an erasure, and what stays.
pub fn table(seen: &mut Seen) {
    removed(seen);
    void_after_it(seen);
    what_stays(seen);
    in_time(seen);
    erasure(seen);
}

/// Returns a user who has everything.
fn full() -> World {
    let world = given().totp().sms().backup_codes();
    let code = login().app(0).remember_me();
    play(
        &mut Seen::default(),
        world,
        [
            (code, "login.accepted totp"),
            (text().session("s2"), "sms.sent accepted enter_code"),
        ],
    )
}

fn removed(seen: &mut Seen) {
    let removed = |seen: &mut Seen, world, expected: serde_json::Value| {
        let world = play(seen, world, [(reset().after(1), DONE)]);
        assert_eq!(world.last["removed"], expected);
    };
    removed(seen, given(), json!([]));
    removed(seen, given().pending_totp(), json!(["pending"]));
    removed(seen, given().sms(), json!(["sms"]));
    let all = full().pending_totp();
    removed(
        seen,
        all,
        json!([
            "totp",
            "sms",
            "backup_codes",
            "remembered_browsers",
            "pending"
        ]),
    );
    let started = play(
        seen,
        given(),
        [(start_sms(NUMBER), "enrollment.pending accepted")],
    );
    removed(seen, started, json!(["pending"]));
    // An expired set-up is not listed as removed.
    let world = play(seen, given().pending_totp(), [(reset().after(900), DONE)]);
    assert_eq!(world.last["removed"], json!([]));
    let world = play(seen, full(), [(reset(), DONE), (reset().after(60), DONE)]);
    assert_eq!(world.last["removed"], json!([]));
    assert_eq!(world.last["admin_id"], "root");
    assert_eq!(world.last["reset_at"], "2026-11-24T10:01:00.000000Z");
}

fn void_after_it(seen: &mut Seen) {
    let no_start = "enrollment.rejected not_started set_up";
    let world = full().pending_totp();
    play(
        seen,
        world,
        [
            (reset().after(1), DONE),
            (login().with_token().after(1), SET_UP),
            (login().app(1), SET_UP),
            (login().texted(0).session("s2"), SET_UP),
            (login().backup(0), SET_UP),
            (confirm_totp(Entered::App(0)), no_start),
        ],
    );
    // Not even once a method is set up anew.
    let world = play(seen, full(), [(reset().after(1), DONE)]).totp();
    let mut world = play(
        seen,
        world,
        [
            (
                login().with_token().after(1),
                "login.challenged unknown enter_code",
            ),
            (
                login().backup(0),
                "login.rejected method_not_set_up use_another_method",
            ),
            (
                give_up("totp"),
                "enrollment.rejected login_required try_again",
            ),
            (
                own_profile(),
                "enrollment.rejected login_required try_again",
            ),
        ],
    );
    assert!(world.user().backup.is_none());
    // A session that had just set up a method is no longer accepted for it.
    let world = given().pending_totp();
    play(
        seen,
        world,
        [
            (confirm_totp(Entered::App(0)), "enrollment.completed"),
            (reset().after(1), DONE),
            (login().after(1), SET_UP),
        ],
    );
    // Failures and locks are removed.
    let locked = given().totp().failures(100, 0).confirm_failures(100, 0);
    let mut world = play(seen, locked, [(reset(), DONE)]);
    assert_eq!(world.user().login_failures.count, 0);
    assert_eq!(world.user().confirm_failures.count, 0);
    // The texted code is void, also for the number set up again.
    let world = play(seen, full(), [(reset().after(1), DONE)]).sms();
    let void = login().texted(0).session("s2").after(1);
    play(
        seen,
        world,
        [(void, "login.rejected no_code_sent request_new_code")],
    );
}

fn what_stays(seen: &mut Seen) {
    // The throttle's clock.
    let world = play(seen, full(), [(reset().after(1), DONE)]);
    let start = start_sms(OTHER_NUMBER).after(1);
    play(
        seen,
        world,
        [(start, "enrollment.rejected throttled wait 298s")],
    );
    // The exemption, and that there ever was a method: no grace.
    let world = given().policy(true, 7).totp();
    play(seen, world, [(reset(), DONE), (login().after(1), SET_UP)]);
    play(
        seen,
        given(),
        [
            (exempt("2026-12-01T00:00:00Z"), "enrollment.exemption"),
            (reset(), DONE),
            (login().after(1), "login.accepted exempt"),
        ],
    );
}

/// `reset_since` if `time` is not after the `time` of the user's last reset.
fn in_time(seen: &mut Seen) {
    let since = "login.rejected reset_since try_again";
    // The reset's own `time` counts, not when it was decided.
    play(
        seen,
        given(),
        [
            (reset().old(60), DONE),
            (login().old(60), since),
            (login().old(59), SET_UP),
        ],
    );
    // A late reset or erasure still removes everything, and never moves `reset_since` back.
    for (late, done) in [(reset(), DONE), (erase(), "reset.erased")] {
        let world = play(
            seen,
            given().totp(),
            [(reset(), DONE), (late.old(86_400), done), (login(), since)],
        );
        assert_eq!(world.state.users[&World::anna()].reset_since, Some(start()));
    }
    // A publisher's clock that is ahead is so for all its events.
    play(
        seen,
        given(),
        [
            (reset().old(-30), DONE),
            (login().after(1).old(-29), since),
            (login().old(-30), SET_UP),
        ],
    );
}

fn erasure(seen: &mut Seen) {
    let entered = login().texted(0).session("s2");
    let world = play(seen, full(), [(entered, "login.accepted sms")]);
    let world = world.pending_totp().exempt(3600).failures(3, 0);
    let mut world = play(seen, world, [(erase().after(1), "reset.erased")]);
    assert_eq!(world.last["erased_at"], "2026-11-24T10:00:01.000000Z");
    let left = world.user().clone();
    let texts = left.texts.clone();
    let expected = User {
        reset_since: left.reset_since,
        texts,
        ..User::default()
    };
    assert_eq!(left, expected);
    // Nothing is left of it that a code was used.
    let is_void = |text: &SentText| text.end == Some(CodeEnd::Void);
    assert!(left.texts.len() == 1 && left.texts.values().all(is_void));
    assert!(world.state.number_owners.is_empty());
    let since = "login.rejected reset_since try_again";
    play(seen, world, [(login(), since), (login().after(1), SET_UP)]);
    // An administrator may erase their own account.
    let own = erase().with("admin_id", "anna".into());
    play(seen, given(), [(own, "reset.erased")]);
}

#[test]
fn a_reset_takes_everything_away() {
    table(&mut Seen::default());
}
