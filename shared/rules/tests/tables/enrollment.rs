//! Setting up an app and giving up methods: reasons in their order.

use twofactor_contract::Method;

use crate::event::{
    Entered, confirm_totp, give_up, login, new_backup_codes, own_profile, start_sms, start_totp,
    text,
};
use crate::fixture::{NUMBER, given};
use crate::seen::Seen;
use crate::world::play;

const PENDING: &str = "enrollment.pending";
const DONE: &str = "enrollment.completed";
const LOGIN_FIRST: &str = "enrollment.rejected login_required try_again";
const NOT_STARTED: &str = "enrollment.rejected not_started set_up";
const HOUR: i64 = 3600;

/// Everything about apps, and about methods as such.
pub fn table(seen: &mut Seen) {
    starting(seen);
    confirming(seen);
    confirm_waits(seen);
    the_factor_protects_itself(seen);
    giving_up(seen);
}

/// `started`: stale, reset, login, lock, set up already.
fn starting(seen: &mut Seen) {
    let stale = "enrollment.rejected stale_event try_again";
    let since = "enrollment.rejected reset_since try_again";
    let locked = "enrollment.rejected locked ask_admin";
    let there = "enrollment.rejected already_set_up use_another_method";
    play(seen, given().totp(), [(start_totp().old(121), stale)]);
    play(
        seen,
        given().totp().reset(1),
        [(start_totp().old(1), since)],
    );
    play(
        seen,
        given().totp().failures(100, 0),
        [(start_totp(), LOGIN_FIRST)],
    );
    play(
        seen,
        given().totp().let_in(0).failures(100, 0),
        [(start_totp(), locked)],
    );
    play(seen, given().failures(100, 0), [(start_totp(), locked)]);
    play(
        seen,
        given().confirm_failures(100, 0),
        [(start_totp(), locked)],
    );
    play(seen, given().totp().let_in(0), [(start_totp(), there)]);
    // A wait, at login or at set-up, delays no start.
    let waiting = given().failures(10, 0).confirm_failures(10, 0);
    play(seen, waiting, [(start_totp(), PENDING)]);
    let world = play(
        seen,
        given(),
        [(start_totp().with("issuer", "North".into()), PENDING)],
    );
    let uri = world.last["otpauth_uri"].as_str().expect("a URI");
    assert!(
        uri.starts_with("otpauth://totp/North:anna?secret="),
        "{uri}"
    );
    assert!(uri.ends_with("&issuer=North"), "{uri}");
    assert_eq!(world.last["secret"].as_str().map(str::len), Some(32));
    assert_eq!(world.last["expires_at"], "2026-11-24T10:15:00.000000Z");
    let world = play(seen, given(), [(start_totp(), PENDING)]);
    assert!(
        world.last["otpauth_uri"]
            .as_str()
            .is_some_and(|uri| uri.contains("Student%20CRM"))
    );
}

/// `confirmed`: … login, lock, set up already, wait, not started, malformed, wrong.
fn confirming(seen: &mut Seen) {
    let now = || confirm_totp(Entered::App(0));
    let typed = |code| confirm_totp(Entered::Typed(code));
    let malformed = "enrollment.rejected malformed_code try_another_code";
    let wrong = "enrollment.rejected wrong_code try_another_code";
    let world = || given().pending_totp();
    play(
        seen,
        world(),
        [(now().old(121), "enrollment.rejected stale_event try_again")],
    );
    play(
        seen,
        world().reset(1),
        [(now().old(1), "enrollment.rejected reset_since try_again")],
    );
    play(
        seen,
        world().sms().confirm_failures(100, 0),
        [(now(), LOGIN_FIRST)],
    );
    let locked = "enrollment.rejected locked ask_admin";
    play(seen, world().confirm_failures(100, 0), [(now(), locked)]);
    play(seen, world().failures(100, 0), [(now(), locked)]);
    let there = "enrollment.rejected already_set_up use_another_method";
    play(
        seen,
        given().totp().let_in(0).confirm_failures(5, 0),
        [(now(), there)],
    );
    let waits = "enrollment.rejected too_many_failures wait 30s";
    play(seen, given().confirm_failures(5, 0), [(typed("x"), waits)]);
    play(seen, given(), [(typed("x"), NOT_STARTED)]);
    play(seen, world(), [(typed("12345"), malformed), (now(), DONE)]);
    play(seen, world(), [(typed("000000"), wrong), (now(), DONE)]);
    play(seen, world(), [(now().after(899), DONE)]);
    play(seen, world(), [(now().after(900), NOT_STARTED)]);
    play(
        seen,
        world(),
        [
            (confirm_totp(Entered::App(2)), wrong),
            (confirm_totp(Entered::App(-1)), DONE),
        ],
    );
    completing(seen);
}

fn completing(seen: &mut Seen) {
    let world = || given().pending_totp();
    let now = || confirm_totp(Entered::App(0));
    // Starting again replaces the pending one, and clears no count.
    let mut again = play(
        seen,
        given(),
        [
            (start_totp(), PENDING),
            (
                confirm_totp(Entered::Typed("000000")),
                "enrollment.rejected wrong_code try_another_code",
            ),
            (start_totp(), PENDING),
            (now().session("s2"), DONE),
            (now(), LOGIN_FIRST),
        ],
    );
    assert_eq!(again.methods(), [Method::Totp, Method::Backup]);
    // The first method brings ten backup codes, the second none.
    let first = play(seen, world(), [(now(), DONE)]);
    assert_eq!(
        first.last["backup_codes"].as_array().map(Vec::len),
        Some(10)
    );
    assert_eq!(first.last["set_up_at"], "2026-11-24T10:00:00.000000Z");
    let second = play(seen, world().sms().let_in(0), [(now(), DONE)]);
    assert_eq!(second.last.get("backup_codes"), None);
    // It ends an exemption.
    let mut ended = play(seen, world().exempt(HOUR), [(now(), DONE)]);
    assert_eq!(ended.user().exempt_until, None);
}

/// Wrong confirmations have their own count and wait, over both methods.
fn confirm_waits(seen: &mut Seen) {
    let wrong = || confirm_totp(Entered::Typed("000000"));
    let no = "enrollment.rejected wrong_code try_another_code";
    let mut world = play(
        seen,
        given().pending_totp(),
        [
            (wrong(), no),
            (wrong(), no),
            (start_totp(), PENDING),
            (wrong(), no),
            (wrong(), no),
            (
                wrong(),
                "enrollment.rejected wrong_code try_another_code 30s",
            ),
            (
                confirm_totp(Entered::App(0)),
                "enrollment.rejected too_many_failures wait 30s",
            ),
            (start_totp(), PENDING),
            (
                wrong().after(30),
                "enrollment.rejected wrong_code try_another_code 60s",
            ),
        ],
    );
    assert_eq!(
        (
            world.user().confirm_failures.count,
            world.user().login_failures.count
        ),
        (6, 0)
    );
    world = play(
        seen,
        world,
        [(confirm_totp(Entered::App(0)).after(60), DONE)],
    );
    assert_eq!(world.user().confirm_failures.count, 0);
    // The hundredth failure locks set-ups too, without a wait.
    let last = given().pending_totp().confirm_failures(99, 900);
    play(
        seen,
        last,
        [
            (wrong(), no),
            (wrong(), "enrollment.rejected locked ask_admin"),
        ],
    );
    // A backup code lifts that lock, as it does at login.
    let locked = given().sms().backup_codes().confirm_failures(100, 0);
    play(
        seen,
        locked,
        [
            (login().backup(0), "login.accepted backup"),
            (start_totp(), PENDING),
        ],
    );
}

/// A user with a method must have logged in with a code in this session in the last 12 hours.
fn the_factor_protects_itself(seen: &mut Seen) {
    let events = [start_sms(NUMBER), new_backup_codes(), give_up("totp")];
    for event in &events {
        let event = || event.clone();
        let no = |seen: &mut Seen, world| drop(play(seen, world, [(event(), LOGIN_FIRST)]));
        no(seen, given().totp());
        no(seen, given().totp().let_in(12 * HOUR));
        no(
            seen,
            given()
                .totp()
                .session("s2", |session, now| session.accepted_at = Some(now)),
        );
        no(
            seen,
            given()
                .totp()
                .session("s1", |session, now| session.remembered_at = Some(now)),
        );
        no(
            seen,
            given()
                .totp()
                .session("s1", |session, now| session.set_up_at = Some(now)),
        );
        let world = crate::world::run(seen, given().totp().let_in(12 * HOUR - 1), &event());
        assert_ne!(world.last["reason"], "login_required");
    }
    let app = || login().app(0);
    let code = (app(), "login.accepted totp");
    play(
        seen,
        given().totp(),
        [code.clone(), (give_up("totp"), "enrollment.removed")],
    );
    let backup = (login().backup(0), "login.accepted backup");
    let world = given().totp().backup_codes();
    play(
        seen,
        world,
        [backup, (give_up("totp"), "enrollment.removed")],
    );
    let sms = given().sms();
    let text = (text(), "sms.sent accepted enter_code");
    let texted = (login().texted(0), "login.accepted sms");
    play(
        seen,
        sms,
        [text, texted, (give_up("sms"), "enrollment.removed")],
    );
    // A remembered login may look at its own profile, and change nothing.
    play(
        seen,
        given().totp(),
        [
            (app().remember_me().session("s2"), "login.accepted totp"),
            (login().with_token(), "login.accepted remembered"),
            (own_profile(), "profile"),
            (give_up("totp"), LOGIN_FIRST),
        ],
    );
}

/// `enrollment.method.reset.v1`: one's own methods, one at a time.
fn giving_up(seen: &mut Seen) {
    let not_set_up = "enrollment.rejected method_not_set_up use_another_method";
    let removed = "enrollment.removed";
    play(
        seen,
        given(),
        [(give_up("totp"), not_set_up), (give_up("sms"), not_set_up)],
    );
    play(
        seen,
        given().totp().let_in(0),
        [(give_up("sms"), not_set_up)],
    );
    play(
        seen,
        given(),
        [(
            give_up("totp").old(121),
            "enrollment.rejected stale_event try_again",
        )],
    );
    // A pending set-up is cancelled; an expired one does not count.
    let cancelled = [
        (give_up("totp"), removed),
        (confirm_totp(Entered::App(0)), NOT_STARTED),
    ];
    play(seen, given().pending_totp(), cancelled);
    play(
        seen,
        given().pending_totp(),
        [(give_up("totp").after(900), not_set_up)],
    );
    let mut both = given().totp().sms().backup_codes();
    both = play(
        seen,
        both,
        [(login().app(0).remember_me(), "login.accepted totp")],
    );
    both = play(seen, both, [(give_up("totp"), removed)]);
    assert_eq!(both.last["method"], "totp");
    assert_eq!(both.methods(), [Method::Sms, Method::Backup]);
    // Giving up a method forgets browsers, giving up the last one voids the backup codes.
    both = play(
        seen,
        both,
        [
            (login().with_token(), "login.challenged unknown enter_code"),
            (give_up("sms"), removed),
            (login(), "login.challenged set_up"),
            (login().backup(0), "login.challenged set_up"),
        ],
    );
    assert_eq!(both.methods(), []);
    // A user who ever had a method has no grace.
    assert!(both.user().ever_set_up);
}

#[test]
fn setting_up_and_giving_up() {
    table(&mut Seen::default());
}
