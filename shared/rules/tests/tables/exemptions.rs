//! New backup codes, forgotten browsers, exempted users.

use serde_json::{Value, json};

use crate::event::{exempt, forget_browsers, login, new_backup_codes, own_profile};
use crate::fixture::given;
use crate::seen::Seen;
use crate::world::{World, play};

const LOGIN_FIRST: &str = "enrollment.rejected login_required try_again";

/// Everything about users rather than methods.
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
    let good = "login.accepted totp";
    let done = "enrollment.browsers_forgotten";
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
    one_browser(seen);
}

fn one_browser(seen: &mut Seen) {
    let done = "enrollment.browsers_forgotten";
    let world = play(
        seen,
        given().totp(),
        [
            (login().app(0).remember_me(), "login.accepted totp"),
            (login().app(1).remember_me().after(1), "login.accepted totp"),
            (own_profile(), "profile"),
        ],
    );
    let browser = |world: &World, at: usize| {
        let browsers = &world.last["remembered_browsers"];
        browsers[at]["browser_id"].clone()
    };
    let first = browser(&world, 0);
    let second = browser(&world, 1);
    assert_ne!(first, second);
    let forget = |id: &Value| forget_browsers().with("browser_id", id.clone());
    let world = play(seen, world, [(forget(&first), done)]);
    assert_eq!(world.last["count"], 1);
    // The browser that was remembered last still is, and the other one is not.
    let still = login().with_token().session("s2");
    let world = play(seen, world, [(still, "login.accepted remembered")]);
    let world = play(seen, world, [(own_profile(), "profile")]);
    assert_eq!(browser(&world, 0), second);
    assert_eq!(browser(&world, 1), Value::Null);
    for unknown in [first, json!("nobody-knows-it")] {
        let world = play(seen, given(), [(forget(&unknown), done)]);
        assert_eq!(world.last["count"], 0);
    }
    let world = play(seen, world, [(forget(&second), done)]);
    let gone = login().with_token().session("s3");
    play(seen, world, [(gone, "login.challenged unknown enter_code")]);
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
            // A time in the past ends the exemption.
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
