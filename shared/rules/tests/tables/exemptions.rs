//! New backup codes, browsers that are forgotten, users who are excused.

use serde_json::json;

use crate::event::{exempt, forget_browsers, login, new_backup_codes};
use crate::fixture::given;
use crate::seen::Seen;
use crate::world::play;

const LOGIN_FIRST: &str = "enrollment.rejected login_required try_again";

/// What is about a user rather than about a method.
pub fn table(seen: &mut Seen) {
    backup_codes(seen);
    browsers(seen);
    exemptions(seen);
}

fn backup_codes(seen: &mut Seen) {
    let none = "enrollment.rejected method_not_set_up use_another_method";
    play(seen, given(), [(new_backup_codes(), none)]);
    play(seen, given().pending_totp(), [(new_backup_codes(), none)]);
    play(seen, given().totp(), [(new_backup_codes(), LOGIN_FIRST)]);
    let world = given().totp().let_in(0).backup_codes();
    let world = play(
        seen,
        world,
        [(new_backup_codes(), "enrollment.backup_codes")],
    );
    assert_eq!(
        world.last["backup_codes"].as_array().map(Vec::len),
        Some(10)
    );
    play(seen, world, [(login().backup(9), "login.accepted backup")]);
}

fn browsers(seen: &mut Seen) {
    let (good, done) = ("login.accepted totp", "enrollment.browsers_forgotten");
    let world = play(seen, given(), [(forget_browsers(), done)]);
    assert_eq!(world.last["count"], 0);
    let world = play(
        seen,
        given().totp(),
        [
            (login().app(0).remember_me(), good),
            (login().app(1).remember_me(), good),
            (forget_browsers(), done),
        ],
    );
    assert_eq!(world.last["count"], 2);
}

fn exemptions(seen: &mut Seen) {
    let done = "enrollment.exemption";
    let world = play(
        seen,
        given(),
        [
            (exempt("2026-11-24T10:01:00Z"), done),
            (login().after(59), "login.accepted exempt"),
            (login().after(1), "login.challenged set_up"),
            (exempt("2026-12-01T00:00:00Z"), done),
            (login(), "login.accepted exempt"),
            // In the past it ends it.
            (exempt("2020-01-01T00:00:00Z"), done),
            (login(), "login.challenged set_up"),
        ],
    );
    let there = "enrollment.rejected already_set_up use_another_method";
    play(
        seen,
        given().totp(),
        [(exempt("2026-12-01T00:00:00Z"), there)],
    );
    play(
        seen,
        world.pending_totp(),
        [(exempt("2026-12-01T00:00:00Z"), done)],
    );
    let typed = exempt("2026-12-01T00:00:00Z").with("reason", json!("call 07400123456"));
    let world = play(seen, given(), [(typed, done)]);
    assert_eq!(world.notes.admin_reason.as_deref(), Some("call [removed]"));
}

#[test]
fn backup_codes_browsers_and_exemptions() {
    table(&mut Seen::default());
}
