//! The limits on guessing at login: waits from the fifth failure, a lock at the hundredth.

use crate::event::{Event, give_up, login, reset, text};
use crate::fixture::given;
use crate::seen::Seen;
use crate::world::play;

const WRONG: &str = "login.rejected wrong_code try_another_code";
const SENT: &str = "sms.sent accepted enter_code";

/// Waits and the lock.
pub fn table(seen: &mut Seen) {
    waits(seen);
    what_clears(seen);
    lock(seen);
}

/// Returns a login with a wrong code.
fn wrong() -> Event {
    login().typed("totp", "000000")
}

/// From the 5th consecutive failure on, each further try waits min(900, 30·2^(n−5)) s.
fn waits(seen: &mut Seen) {
    let mut world = play(seen, given().totp(), [(wrong(), WRONG), (wrong(), WRONG)]);
    world = play(seen, world, [(wrong(), WRONG), (wrong(), WRONG)]);
    for seconds in [30, 60, 120, 240, 480, 900, 900, 900] {
        let failed = format!("{WRONG} {seconds}s");
        let waits = format!("login.rejected too_many_failures wait {seconds}s");
        let almost = "login.rejected too_many_failures wait 1s";
        world = play(
            seen,
            world,
            [
                (wrong(), failed.as_str()),
                // Not judged, not counted, and not prolonging the wait, not even a right code.
                (login().app(0), waits.as_str()),
                (wrong().after(seconds - 1), almost),
                (login().after(1), "login.challenged enter_code"),
            ],
        );
    }
    assert_eq!(world.user().login_failures.count, 12);
    let mut world = play(seen, world, [(login().app(0), "login.accepted totp")]);
    assert_eq!(world.user().login_failures.count, 0);
    // A clock that is set back by an hour makes nobody wait longer than they had to.
    let waits = |seconds| format!("login.rejected too_many_failures wait {seconds}s");
    let thirty = waits(30);
    let most = waits(900);
    let set_back = || login().app(0).after(-3600);
    play(
        seen,
        given().totp().failures(5, 0),
        [(set_back(), &*thirty)],
    );
    play(seen, given().totp().failures(20, 0), [(set_back(), &*most)]);
}

/// Failures are counted over totp and sms together, and cleared by an accepted code or a reset.
fn what_clears(seen: &mut Seen) {
    // Over totp and sms together; a text, or a session, clears nothing.
    let four = || given().totp().sms().failures(4, 0);
    let fifth = "login.rejected wrong_code request_new_code 30s";
    let waits = "login.rejected too_many_failures wait 30s";
    play(
        seen,
        four(),
        [
            (text(), SENT),
            (login().typed("sms", "abc234"), fifth),
            (login().app(0), waits),
        ],
    );
    let spent = [
        (login().app(0), "login.accepted totp"),
        (login().app(0), "login.rejected code_used try_another_code"),
    ];
    let mut world = play(seen, four(), spent);
    assert_eq!(world.user().login_failures.count, 0);
    // A method that is given up and set up anew clears nothing either.
    let mut world = play(
        seen,
        four().let_in(0),
        [(give_up("totp"), "enrollment.removed")],
    );
    assert_eq!(world.user().login_failures.count, 4);
    // A reset does.
    let mut world = play(seen, four(), [(reset(), "reset.completed")]);
    assert_eq!(world.user().login_failures.count, 0);
    // A wait does not delay a backup code, which clears it.
    let waiting = given().totp().backup_codes().failures(10, 0);
    play(
        seen,
        waiting,
        [
            (login().backup(0), "login.accepted backup"),
            (login().app(0), "login.accepted totp"),
        ],
    );
}

/// At 100 the user is locked until a backup code is accepted or a reset.
fn lock(seen: &mut Seen) {
    let locked = "login.rejected locked ask_admin";
    // Waiting no longer helps, so no wait is answered.
    play(
        seen,
        given().totp().failures(99, 900),
        [
            (wrong(), WRONG),
            (login().app(0), locked),
            (login(), locked),
            (login().app(0).after(86_400), locked),
        ],
    );
    let world = || given().totp().sms().backup_codes().failures(100, 0);
    play(
        seen,
        world(),
        [
            (login().typed("sms", "abc234"), locked),
            (login().typed("backup", "0000-0000-0000-0000"), WRONG),
            (login().app(0), locked),
            (login().backup(0), "login.accepted backup"),
            (login().app(0), "login.accepted totp"),
        ],
    );
    // Never `set_up` or `not_required`.
    play(seen, world().policy(false, 0), [(login(), locked)]);
    play(seen, world().exempt(60), [(login(), locked)]);
}

#[test]
fn guessing_is_limited() {
    table(&mut Seen::default());
}
