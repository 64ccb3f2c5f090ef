//! The same `source` and `id` again: the first outcome, its secrets for 15 minutes, or a conflict.

use crate::event::{Entered, confirm_totp, login, reset, set_policy, start_totp, text};
use crate::fixture::given;
use crate::seen::Seen;
use crate::support::keys;
use crate::world::{World, play};

/// Duplicates of every kind.
pub fn table(seen: &mut Seen) {
    first_outcome_again(seen);
    conflicts(seen);
    refusals_occupy_nothing(seen);
    secrets(seen);
    same_code_twice(seen);
}

fn first_outcome_again(seen: &mut Seen) {
    let first = || login().app(0).id("a");
    let mut world = play(
        seen,
        given().totp(),
        [
            (first(), "login.accepted totp"),
            (first(), "repeat of login.accepted"),
            // A repeat is never stale, whatever happened since.
            (
                first().after(86_400).old(86_400),
                "repeat of login.accepted",
            ),
            (reset(), "reset.completed"),
            (first().old(86_400), "repeat of login.accepted"),
        ],
    );
    assert_eq!(world.answers.len(), 2);
    world = play(
        seen,
        world,
        [(set_policy(true, 1).id("p"), "enrollment.policy")],
    );
    let again = set_policy(true, 1).id("p");
    play(seen, world, [(again, "repeat of enrollment.policy")]);
}

fn conflicts(seen: &mut Seen) {
    let no = "event.rejected id_conflict /id";
    let first = || login().id("a");
    play(
        seen,
        given().totp().sms(),
        [
            (first(), "login.challenged enter_code"),
            (first().from("192.0.2.2"), no),
            (first().old(1), no),
            (first().user("ben"), no),
            (first().with("remember_me", false.into()), no),
            (text().id("a"), no),
            // A text on its way conflicts as much as an outcome.
            (text().crashes().id("b"), "held"),
            (text().session("s2").id("b").redelivered(), no),
            (first(), "repeat of login.challenged"),
        ],
    );
}

/// A refusal does not occupy the id: the event may be corrected and sent again.
fn refusals_occupy_nothing(seen: &mut Seen) {
    let set_up = "login.challenged set_up";
    let refused = "event.rejected unknown_tenant /data/tenant_id";
    play(
        seen,
        given(),
        [
            (login().id("a").tenant("south"), refused),
            (login().id("a").tenant("south"), refused),
            (
                login().id("a").old(-31),
                "event.rejected invalid_field /time",
            ),
            (
                login().id("a").remember_me().without_reply_to(),
                "event.rejected reply_to_required",
            ),
            (login().id("a"), set_up),
            (login().id("a"), "repeat of login.challenged"),
        ],
    );
}

/// Secret members are kept for 15 minutes, sealed for their user.
fn secrets(seen: &mut Seen) {
    let mut world = play(seen, given(), [(start_totp(), "enrollment.pending")]);
    let answer = world.answers.values().next().expect("an answer").clone();
    let kept = answer.outcome.as_ref().expect("an outcome");
    assert!(kept.had_secrets && !kept.public.contains("otpauth"));
    let anna = World::anna();
    let mut at = |seconds: i64, user: &twofactor_contract::UserKey| {
        world.now = answer.decided_at + jiff::SignedDuration::from_secs(seconds);
        answer.secrets(Some(user), world.now, keys())
    };
    let secrets = at(899, &anna).expect("opens").expect("still kept");
    assert!(
        secrets.expose().contains("otpauth_uri"),
        "the whole of them"
    );
    assert_eq!(at(900, &anna).map(|secrets| secrets.is_some()), Ok(false));
    let mut ben = anna;
    ben.user = crate::world::KnownId::known_id("ben");
    assert!(at(0, &ben).is_err(), "sealed for its user");
}

/// The same code in two events is accepted once, whatever else they contain.
fn same_code_twice(seen: &mut Seen) {
    let used = "login.rejected code_used try_another_code";
    play(
        seen,
        given().totp(),
        [
            (login().app(0), "login.accepted totp"),
            (login().app(0), used),
        ],
    );
    let world = given().totp().backup_codes();
    play(
        seen,
        world,
        [
            (login().backup(0), "login.accepted backup"),
            (login().backup(0).session("s2"), used),
        ],
    );
    let confirm = || confirm_totp(Entered::App(0));
    let world = play(
        seen,
        given().pending_totp(),
        [
            (confirm(), "enrollment.completed"),
            (confirm(), "enrollment.rejected login_required try_again"),
        ],
    );
    assert_eq!(world.backup.len(), 10, "one confirmation brought the codes");
    // Logins of one user at one instant with different codes are all accepted.
    play(
        seen,
        given().totp(),
        [
            (login().app(0), "login.accepted totp"),
            (login().app(1), "login.accepted totp"),
        ],
    );
}

#[test]
fn a_repeat_gets_the_first_outcome() {
    table(&mut Seen::default());
}
