//! Checks 4 (the clock) to 8, in their order, and which events can be too late.

use serde_json::Value;

use crate::event::{
    Entered, Event, confirm_sms, confirm_totp, erase, exempt, forget_browsers, give_up, login,
    new_backup_codes, own_profile, profile, profiles, reset, see_policy, set_policy, start_sms,
    start_totp, text,
};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::{play, run};

const WEEK: i64 = 7 * 86_400;

/// Returns one event of each of the sixteen types.
fn every_type() -> [Event; 16] {
    [
        login(),
        text(),
        start_totp(),
        confirm_totp(Entered::Typed("123456")),
        start_sms(NUMBER),
        confirm_sms(Entered::Typed("abc234")),
        new_backup_codes(),
        give_up("totp"),
        forget_browsers(),
        exempt("2026-12-01T00:00:00Z"),
        set_policy(true, 0),
        see_policy(),
        profile(),
        profiles(&["anna"]),
        reset(),
        erase(),
    ]
}

/// Checks 4 to 8 of the contract.
pub fn table(seen: &mut Seen) {
    clock(seen);
    picture(seen);
    reply_to(seen);
    too_old(seen);
    unknown_tenant(seen);
    order(seen);
    by_type(seen);
}

fn clock(seen: &mut Seen) {
    play(
        seen,
        given(),
        [
            (login().old(-30), "login.challenged set_up"),
            (login().old(-31), "event.rejected invalid_field /time"),
            (exempt("2026-12-24T10:00:00Z"), "enrollment.exemption"),
            (
                exempt("2026-12-24T10:00:01Z"),
                "event.rejected invalid_field /data/until",
            ),
        ],
    );
    for event in every_type() {
        let refused = "event.rejected invalid_field /time";
        play(seen, given(), [(event.old(-31), refused)]);
    }
}

fn reply_to(seen: &mut Seen) {
    let refused = "event.rejected reply_to_required";
    for event in [
        login().remember_me(),
        start_totp(),
        confirm_totp(Entered::Typed("123456")),
        confirm_sms(Entered::Typed("abc234")),
        new_backup_codes(),
        profile(),
        own_profile(),
    ] {
        let world = play(seen, given(), [(event.without_reply_to(), refused)]);
        assert!(world.state.users.is_empty() && world.answers.is_empty());
    }
    let plain = login().with("remember_me", false.into());
    play(
        seen,
        given().totp().sms(),
        [
            (plain.without_reply_to(), "login.challenged enter_code"),
            (text().without_reply_to(), "sms.sent accepted enter_code"),
            (profiles(&["anna"]).without_reply_to(), "profile.list"),
            (see_policy().without_reply_to(), "enrollment.policy"),
            (set_policy(true, 0).without_reply_to(), "enrollment.policy"),
            (
                forget_browsers().without_reply_to(),
                "enrollment.browsers_forgotten",
            ),
            (reset().without_reply_to(), "reset.completed"),
            (erase().without_reply_to(), "reset.erased"),
        ],
    );
}

/// Names for an app that are too long for its QR picture.
fn picture(seen: &mut Seen) {
    let emoji = |count: usize| Value::from("😀".repeat(count));
    let issuer = "event.rejected invalid_field /data/issuer";
    let account = "event.rejected invalid_field /data/account";
    let named = |name, value| start_totp().with(name, value);
    let pending = "enrollment.pending";
    play(
        seen,
        given(),
        [
            (
                named("issuer", emoji(64)).with("account", emoji(64)),
                issuer,
            ),
            (named("issuer", emoji(64)), issuer),
            // The setting is short, so the account alone fits.
            (named("account", emoji(64)), pending),
            (named("issuer", "学生".repeat(20).into()), pending),
        ],
    );
    // The longest issuer that a setting can be, and an account of each kind.
    let mut long = given();
    long.limits.issuer = "Δ".repeat(64);
    let mail = format!("{}@north.example", "a".repeat(50));
    play(
        seen,
        long,
        [
            (named("account", emoji(64)), account),
            (named("account", mail.into()), pending),
        ],
    );
}

fn too_old(seen: &mut Seen) {
    play(seen, given(), [(reset().old(WEEK), "reset.completed")]);
    for event in every_type() {
        let refused = "event.rejected too_old /time";
        play(seen, given(), [(event.old(WEEK + 1), refused)]);
    }
}

fn unknown_tenant(seen: &mut Seen) {
    let refused = "event.rejected unknown_tenant /data/tenant_id";
    for event in every_type() {
        let expected = if event.name == "enrollment.policy.set.v1" {
            "enrollment.policy"
        } else {
            refused
        };
        let world = play(seen, given().no_policy(), [(event, expected)]);
        assert!(world.state.users.is_empty());
    }
    play(
        seen,
        given(),
        [
            (login().tenant("south"), refused),
            (set_policy(false, 0).tenant("south"), "enrollment.policy"),
            (login().tenant("south"), "login.accepted not_required"),
        ],
    );
}

/// If two checks fail, the earlier one is answered.
fn order(seen: &mut Seen) {
    let remember = || login().remember_me();
    play(
        seen,
        given(),
        [
            // 4 before 5.
            (
                remember().old(-31).without_reply_to(),
                "event.rejected invalid_field /time",
            ),
            // 5 before 6: neither a repeat nor a conflict is answered without a reply_to.
            (remember().id("a"), "login.challenged set_up"),
            (
                remember().id("a").without_reply_to(),
                "event.rejected reply_to_required",
            ),
            // 5 before 7 and 8.
            (
                remember().old(WEEK + 1).without_reply_to(),
                "event.rejected reply_to_required",
            ),
            (
                remember().tenant("south").without_reply_to(),
                "event.rejected reply_to_required",
            ),
            // 6 before 7 and 8: a repeat is never too old, nor a conflict.
            (
                remember().id("a").after(WEEK + 60).old(WEEK + 60),
                "repeat of login.challenged",
            ),
            (
                remember().id("a").old(WEEK + 1),
                "event.rejected id_conflict /id",
            ),
            (
                remember().id("a").tenant("south"),
                "event.rejected id_conflict /id",
            ),
            // 7 before 8.
            (
                login().tenant("south").old(WEEK + 1),
                "event.rejected too_old /time",
            ),
            // 8 before everything that the service itself decides.
            (
                login().tenant("south").old(121),
                "event.rejected unknown_tenant /data/tenant_id",
            ),
        ],
    );
}

/// Only what a person sent to change something becomes stale, and is void after a reset.
fn by_type(seen: &mut Seen) {
    for event in every_type() {
        let by_person = [
            "login.attempted.v1",
            "sms.requested.v1",
            "enrollment.totp.started.v1",
            "enrollment.totp.confirmed.v1",
            "enrollment.sms.started.v1",
            "enrollment.sms.confirmed.v1",
            "enrollment.backup_codes.requested.v1",
            "enrollment.method.reset.v1",
        ];
        let is_by_person = by_person.contains(&event.name);
        let reason = |seen: &mut Seen, event: Event, ago: i64| {
            let world = run(seen, given().reset(ago), &event);
            world.last["reason"].as_str().map(str::to_owned)
        };
        let expect = |reason: &str| is_by_person.then(|| reason.to_owned());
        let old = |seconds: i64| event.clone().old(seconds);
        let is = |word: Option<String>| {
            word.filter(|word| ["stale_event", "reset_since"].contains(&word.as_str()))
        };
        assert_eq!(is(reason(seen, old(121), 500)), expect("stale_event"));
        assert_eq!(is(reason(seen, old(120), 500)), None, "{}", event.name);
        assert_eq!(is(reason(seen, old(60), 60)), expect("reset_since"));
        assert_eq!(is(reason(seen, old(60), 61)), None, "{}", event.name);
        // Both apply: the earlier one is answered.
        assert_eq!(is(reason(seen, old(121), 60)), expect("stale_event"));
    }
}

#[test]
fn the_checks_with_a_clock_hold() {
    table(&mut Seen::default());
}
