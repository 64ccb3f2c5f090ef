//! `profile.requested.v1` and `profile.list.requested.v1`: details for the owner, M16 for all
//! others.

use serde_json::json;

use crate::event::{login, own_profile, profile, profiles, start_sms};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

/// The content of a profile by viewer.
pub fn table(seen: &mut Seen) {
    to_others(seen);
    to_the_owner(seen);
    guarded(seen);
    list(seen);
}

fn to_others(seen: &mut Seen) {
    let full = given().totp().sms().backup_codes().pending_totp();
    let full = play(
        seen,
        full,
        [(login().backup(0).remember_me(), "login.accepted backup")],
    );
    let world = play(seen, full, [(profile(), "profile")]);
    assert_eq!(
        world.last,
        json!({
            "tenant_id": "north", "user_id": "anna", "viewer": "other", "required": true,
            "locked": false, "methods": [
                {"method": "totp", "set_up_at": "2026-11-23T10:00:00.000000Z"},
                {"method": "sms", "set_up_at": "2026-11-23T10:00:00.000000Z"},
            ],
        })
    );
    // An unknown user looks like a user without a method.
    let world = play(seen, given(), [(profile().user("nobody"), "profile")]);
    assert_eq!(world.last["methods"], json!([]));
    assert_eq!(world.state.users.len(), 0);
    for locked in [given().failures(100, 0), given().confirm_failures(100, 0)] {
        let world = play(seen, locked, [(profile(), "profile")]);
        assert_eq!(world.last["locked"], true);
    }
    let in_grace = play(
        seen,
        given().policy(true, 7).first_login(60),
        [(profile(), "profile")],
    );
    assert_eq!(in_grace.last["set_up_by"], "2026-12-01T10:00:00.000000Z");
    let over = play(
        seen,
        given().policy(true, 0).first_login(60),
        [(profile(), "profile")],
    );
    assert_eq!(over.last.get("set_up_by"), None);
}

fn to_the_owner(seen: &mut Seen) {
    let world = given().totp().sms().backup_codes().let_in(0);
    let code = login().app(0).remember_me().session("s2");
    let world = play(
        seen,
        world,
        [(code, "login.accepted totp"), (own_profile(), "profile")],
    );
    assert_eq!(world.last["viewer"], "self");
    assert_eq!(world.last["mobile_number"], NUMBER);
    assert_eq!(world.last["backup_codes_left"], 10);
    let browsers = &world.last["remembered_browsers"];
    assert_eq!(browsers.as_array().map(Vec::len), Some(1));
    let browser = &browsers[0];
    assert_eq!(browser["since"], "2026-11-24T10:00:00.000000Z");
    assert_eq!(browser["until"], "2026-12-24T10:00:00.000000Z");
    let id = browser["browser_id"].as_str().expect("an id");
    let token = world.token.as_deref().expect("a token");
    assert!(!token.contains(id), "an id that reveals the token");
    assert_eq!(world.last["pending"], json!([]));
    // Pending set-ups, for a user without a method.
    let started = (start_sms(NUMBER), "enrollment.pending accepted");
    let world = play(
        seen,
        given().pending_totp(),
        [started, (own_profile(), "profile")],
    );
    assert_eq!(
        world.last["pending"],
        json!([
            {"method": "totp", "expires_at": "2026-11-24T10:15:00.000000Z"},
            {"method": "sms", "expires_at": "2026-11-24T10:10:00.000000Z"},
        ])
    );
    assert_eq!(world.last.get("mobile_number"), None, "not confirmed");
    let world = play(seen, world, [(own_profile().after(900), "profile")]);
    assert_eq!(world.last["pending"], json!([]), "expired");
}

fn guarded(seen: &mut Seen) {
    let no = "enrollment.rejected login_required try_again";
    let hours = 12 * 3600;
    play(seen, given(), [(own_profile(), "profile")]);
    play(seen, given().totp(), [(own_profile(), no)]);
    play(seen, given().sms(), [(own_profile(), no)]);
    play(seen, given().totp().let_in(hours), [(own_profile(), no)]);
    play(
        seen,
        given().totp().let_in(hours - 1),
        [(own_profile(), "profile")],
    );
    play(
        seen,
        given().totp().let_in(0),
        [(own_profile().session("s2"), no)],
    );
    let remembered = |ago: i64| {
        given().totp().session("s1", |session, now| {
            session.remembered_at = Some(now - jiff::SignedDuration::from_secs(ago));
        })
    };
    play(seen, remembered(hours - 1), [(own_profile(), "profile")]);
    play(seen, remembered(hours), [(own_profile(), no)]);
    // A view is never stale, nor void after a reset.
    play(
        seen,
        given().reset(0),
        [(own_profile().old(86_400), "profile")],
    );
}

fn list(seen: &mut Seen) {
    let world = given().totp().sms().backup_codes();
    let world = play(
        seen,
        world,
        [(profiles(&["nobody", "anna", "anna"]), "profile.list")],
    );
    let anna = json!({
        "user_id": "anna", "required": true, "locked": false, "methods": [
            {"method": "totp", "set_up_at": "2026-11-23T10:00:00.000000Z"},
            {"method": "sms", "set_up_at": "2026-11-23T10:00:00.000000Z"},
        ],
    });
    let nobody = json!({"user_id": "nobody", "required": true, "locked": false, "methods": []});
    assert_eq!(
        world.last,
        json!({"tenant_id": "north", "users": [nobody, anna, anna]})
    );
}

#[test]
fn profiles_show_the_details_to_their_owner_alone() {
    table(&mut Seen::default());
}
