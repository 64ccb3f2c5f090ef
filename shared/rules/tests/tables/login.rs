//! `login.attempted.v1`, rules 1 to 3: which logins are accepted without a code, and which are
//! challenged.

use serde_json::json;

use crate::event::{Entered, confirm_totp, forget_browsers, give_up, login};
use crate::fixture::{given, start};
use crate::seen::Seen;
use crate::world::play;

const DAY: i64 = 86_400;

/// Rules 1 to 3.
pub fn table(seen: &mut Seen) {
    too_late(seen);
    without_method(seen);
    grace(seen);
    enrolled(seen);
    remembered(seen);
    remembering(seen);
    bound_to_the_address(seen);
    challenged(seen);
}

/// Rule 1.
fn too_late(seen: &mut Seen) {
    let stale = "login.rejected stale_event try_again";
    let since = "login.rejected reset_since try_again";
    play(seen, given().totp(), [(login().app(0).old(121), stale)]);
    play(
        seen,
        given().totp(),
        [(login().app(0).old(120), "login.accepted totp")],
    );
    play(
        seen,
        given().totp().reset(60),
        [(login().app(0).old(60), since)],
    );
    play(
        seen,
        given().totp().reset(60),
        [(login().app(0).old(59), "login.accepted totp")],
    );
    // Also for a user who needs no code, and for one who is locked.
    play(seen, given().exempt(60), [(login().old(121), stale)]);
    play(seen, given().policy(false, 0), [(login().old(121), stale)]);
    play(
        seen,
        given().totp().failures(100, 0),
        [(login().old(121), stale)],
    );
    // A stale login is no first login.
    let mut world = play(seen, given(), [(login().old(121), stale)]);
    assert_eq!(world.user().first_login_at, None);
}

/// Rule 2: an exemption, no requirement, grace, or a set-up, in this order.
fn without_method(seen: &mut Seen) {
    let set_up = "login.challenged set_up";
    play(seen, given(), [(login(), set_up)]);
    play(
        seen,
        given().exempt(1),
        [(login(), "login.accepted exempt")],
    );
    play(seen, given().exempt(0), [(login(), set_up)]);
    play(
        seen,
        given().policy(false, 0),
        [(login(), "login.accepted not_required")],
    );
    play(
        seen,
        given().policy(true, 1),
        [(login(), "login.accepted grace")],
    );
    let exempt_first = given().policy(false, 0).exempt(1);
    play(seen, exempt_first, [(login(), "login.accepted exempt")]);
    let exempt_in_grace = given().policy(true, 1).exempt(1);
    play(seen, exempt_in_grace, [(login(), "login.accepted exempt")]);
    // A pending set-up does not count.
    play(seen, given().pending_totp(), [(login().app(0), set_up)]);
    play(
        seen,
        given().pending_totp().policy(false, 0),
        [(login(), "login.accepted not_required")],
    );
    // A code or token is ignored, and no token is issued.
    let token = login().with("remember_token", "x".into());
    play(
        seen,
        given(),
        [(login().typed("totp", "000000"), set_up), (token, set_up)],
    );
    let world = play(
        seen,
        given().policy(false, 0),
        [(
            login().typed("backup", "x").remember_me(),
            "login.accepted not_required",
        )],
    );
    assert_eq!(world.token, None);
    let mut world = play(seen, given(), [(login(), set_up)]);
    assert_eq!(world.last["methods"], json!([]));
    assert_eq!(world.user().first_login_at, Some(start()));
}

/// Grace: `grace_days` × 24 h from the later of the requirement and the first login.
fn grace(seen: &mut Seen) {
    let grace = "login.accepted grace";
    let set_up = "login.challenged set_up";
    let world = play(
        seen,
        given().policy(true, 7),
        [
            (login(), grace),
            (login().after(7 * DAY - 1), grace),
            (login().after(1), set_up),
        ],
    );
    assert_eq!(world.last.get("set_up_by"), None);
    let world = play(seen, given().policy(true, 7), [(login(), grace)]);
    assert_eq!(world.last["set_up_by"], "2026-12-01T10:00:00.000000Z");
    // The requirement came after the first login.
    let world = given().first_login(100 * DAY).policy(true, 1);
    play(
        seen,
        world,
        [(login().after(DAY - 1), grace), (login().after(1), set_up)],
    );
    // The first login came after the requirement.
    play(
        seen,
        given().policy(true, 1),
        [(login().after(90 * DAY), grace)],
    );
    play(seen, given().policy(true, 90), [(login(), grace)]);
    // A user who ever had a method has none.
    let had_one = given()
        .policy(true, 7)
        .but(|user, _| user.ever_set_up = true);
    play(seen, had_one, [(login(), set_up)]);
    // A user with a method is asked for it, also in grace and where nothing is required.
    let asked = "login.challenged enter_code";
    play(seen, given().policy(true, 7).totp(), [(login(), asked)]);
    play(seen, given().policy(false, 0).totp(), [(login(), asked)]);
    play(seen, given().exempt(DAY).sms(), [(login(), asked)]);
}

/// `enrolled`: this session set a method up in the last 10 minutes, once.
fn enrolled(seen: &mut Seen) {
    let enrolled = "login.accepted enrolled";
    let asked = "login.challenged enter_code";
    let done = "enrollment.completed";
    play(
        seen,
        given().pending_totp(),
        [
            (confirm_totp(Entered::App(0)), done),
            (login().session("s2"), asked),
            (login().after(599), enrolled),
            (login(), asked),
        ],
    );
    let late = [
        (confirm_totp(Entered::App(0)), done),
        (login().after(600), asked),
    ];
    play(seen, given().pending_totp(), late);
    // Even a lock does not stop the session that has just confirmed a method.
    let locked = given().pending_totp().failures(99, 1000);
    play(
        seen,
        locked,
        [
            (confirm_totp(Entered::App(0)), done),
            (
                login().session("s2").typed("totp", "000000"),
                "login.rejected wrong_code try_another_code",
            ),
            (login(), enrolled),
            (login(), "login.rejected locked ask_admin"),
        ],
    );
    // It may be remembered, and it may change second factors.
    play(
        seen,
        given().pending_totp(),
        [
            (confirm_totp(Entered::App(0)), done),
            (
                give_up("totp"),
                "enrollment.rejected login_required try_again",
            ),
            (login().remember_me(), enrolled),
            (
                login().session("s2").with_token(),
                "login.accepted remembered",
            ),
            (give_up("totp"), "enrollment.removed"),
        ],
    );
    // A code is judged, and the set-up stays unused.
    play(
        seen,
        given().pending_totp(),
        [
            (confirm_totp(Entered::App(0)), done),
            (login().app(1), "login.accepted totp"),
            (login(), enrolled),
        ],
    );
}

/// A remember token: 30 days from issue, at its address, also during a wait and under a lock.
fn remembered(seen: &mut Seen) {
    let code = "login.accepted totp";
    let good = "login.accepted remembered";
    let first = || (login().app(0).remember_me(), code);
    play(
        seen,
        given().totp(),
        [
            first(),
            (login().with_token().after(30 * DAY - 1), good),
            (
                login().with_token().after(1),
                "login.challenged expired enter_code",
            ),
        ],
    );
    let unknown = login().with("remember_token", "made-up".into());
    play(
        seen,
        given().totp(),
        [
            first(),
            (unknown, "login.challenged unknown enter_code"),
            (forget_browsers(), "enrollment.browsers_forgotten"),
            (login().with_token(), "login.challenged unknown enter_code"),
        ],
    );
    // During a wait, and while locked: guessing cannot lock the owner out.
    for failures in [5, 99, 100, 1000] {
        let world = play(seen, given().totp(), [first()]);
        let world = world.failures(failures, 0);
        play(seen, world, [(login().with_token(), good)]);
    }
    let world = play(seen, given().totp(), [first()]).failures(100, 0);
    let unknown = login().with("remember_token", "made-up".into());
    play(seen, world, [(unknown, "login.rejected locked ask_admin")]);
    // A code is judged even with a valid token.
    play(
        seen,
        given().totp(),
        [
            first(),
            (
                login().with_token().typed("totp", "000000"),
                "login.rejected wrong_code try_another_code",
            ),
        ],
    );
    // It is bound to its user.
    let world = play(seen, given().totp(), [first()]);
    let user = world.state.users[&crate::world::World::anna()].clone();
    let mut world = world;
    let mut ben = crate::world::World::anna();
    ben.user = crate::world::KnownId::known_id("ben");
    world.state.users.insert(ben, user);
    let other = login().user("ben").with_token();
    play(
        seen,
        world,
        [(other, "login.challenged unknown enter_code")],
    );
}

/// Which browsers are remembered, and how many.
fn remembering(seen: &mut Seen) {
    // Without a code it is ignored.
    let asked = (login().remember_me(), "login.challenged enter_code");
    let world = play(seen, given().totp(), [asked]);
    assert_eq!(world.token, None);
    let code = login().app(0).remember_me();
    let world = play(seen, given().totp(), [(code, "login.accepted totp")]);
    assert_eq!(
        world.last["remembered_until"],
        "2026-12-24T10:00:00.000000Z"
    );
    // A remembered login does not prolong it.
    let again = login().with_token().remember_me();
    let world = play(seen, world, [(again, "login.accepted remembered")]);
    assert_eq!(world.last.get("remember_token"), None);
    assert_eq!(world.last.get("remembered_until"), None);
    // At most 20; the oldest goes.
    let mut world = given().totp();
    let mut first = None;
    for _ in 0..21 {
        let next = login().app(0).remember_me().after(30);
        world = play(seen, world, [(next, "login.accepted totp")]);
        first = first.or(world.token.clone());
    }
    assert_eq!(world.user().browsers.len(), 20);
    world.token = first;
    play(
        seen,
        world,
        [(login().with_token(), "login.challenged unknown enter_code")],
    );
}

/// IPv4 is bound exactly, IPv6 by its /64, embedded addresses as IPv4; addresses that do not
/// identify a network are not remembered.
fn bound_to_the_address(seen: &mut Seen) {
    let good = "login.accepted remembered";
    let other = "login.challenged other_ip enter_code";
    let table = [
        ("192.0.2.1", "192.0.2.1", good),
        ("192.0.2.1", "::ffff:192.0.2.1", good),
        ("64:ff9b::192.0.2.1", "192.0.2.1", good),
        ("192.0.2.1", "192.0.2.2", other),
        ("192.0.2.1", "2001:db8::1", other),
        ("2001:db8::1", "2001:db8::ffff:1", good),
        ("2001:db8::1", "2001:db8:0:1::1", other),
        ("2001:db8::1", "192.0.2.1", other),
    ];
    for (from, at, expected) in table {
        let code = login().app(0).remember_me().from(from);
        let world = play(
            seen,
            given().totp(),
            [
                (code, "login.accepted totp"),
                (login().with_token().from(at), expected),
                // It stays valid at its own address.
                (login().with_token().from(from), good),
            ],
        );
        assert!(world.token.is_some());
    }
    for address in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
    ] {
        let code = login().app(0).remember_me().from(address);
        let world = play(seen, given().totp(), [(code, "login.accepted totp")]);
        assert_eq!(world.token, None, "{address}");
        assert_eq!(world.last.get("remembered_until"), None, "{address}");
    }
}

/// The end of rule 3: locked, or challenged for a code of a method that is set up.
fn challenged(seen: &mut Seen) {
    let table = [
        (given().totp(), json!(["totp"])),
        (given().sms(), json!(["sms"])),
        (given().totp().sms(), json!(["totp", "sms"])),
        (given().totp().backup_codes(), json!(["totp", "backup"])),
        (
            given().totp().sms().backup_codes(),
            json!(["totp", "sms", "backup"]),
        ),
    ];
    for (world, methods) in table {
        let world = play(seen, world, [(login(), "login.challenged enter_code")]);
        assert_eq!(world.last["methods"], methods);
    }
    // Spent codes are not a method.
    let mut world = given().totp().backup_codes();
    for code in world
        .user()
        .backup
        .iter_mut()
        .flat_map(|set| &mut set.codes)
    {
        code.spent = true;
    }
    let world = play(seen, world, [(login(), "login.challenged enter_code")]);
    assert_eq!(world.last["methods"], json!(["totp"]));
    let waits = given().totp().failures(5, 10);
    play(seen, waits, [(login(), "login.challenged enter_code 20s")]);
    let locked = given().totp().failures(100, 10_000);
    play(seen, locked, [(login(), "login.rejected locked ask_admin")]);
}

#[test]
fn logins_without_a_code() {
    table(&mut Seen::default());
}
