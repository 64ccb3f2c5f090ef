//! Counting wrong codes from the trail gives the count of the decisions themselves.

use twofactor_contract::{Method, Reason, Via};
use twofactor_rules::failures_in_trail::{Effect, Row};

use crate::event::{Event, login, reset};
use crate::fixture::given;
use crate::seen::Seen;
use crate::world::{World, play};

/// Returns the effect of the last event on the count, by its row of the trail.
fn effect(world: &World, outcome: &str) -> Effect {
    let outcome_type = format!("{}.v1", outcome.split(' ').next().unwrap_or_default());
    let notes = &world.notes;
    let row = Row {
        outcome_type: &outcome_type,
        method: notes.method.map(Method::as_str),
        reason: notes.reason.map(Reason::as_str),
        via: notes.via.map(Via::as_str),
    };
    row.effect()
}

#[test]
fn rows_of_the_trail_count_what_decisions_counted() {
    let wrong = || login().typed("totp", "000000");
    let not_right = "login.rejected wrong_code try_another_code";
    let steps: Vec<(Event, &str)> = vec![
        (login(), "login.challenged enter_code"),
        (wrong(), not_right),
        (
            login().typed("totp", "x"),
            "login.rejected malformed_code try_another_code",
        ),
        (login().typed("backup", "0000-0000-0000-0000"), not_right),
        (wrong(), not_right),
        (
            login().typed("sms", "abcde2"),
            "login.rejected method_not_set_up use_another_method",
        ),
        (login().app(0), "login.accepted totp"),
        (wrong(), not_right),
        (wrong(), not_right),
        (login().backup(0), "login.accepted backup"),
        (wrong(), not_right),
        (reset(), "reset.completed"),
        (login().after(1), "login.challenged set_up"),
    ];
    let seen = &mut Seen::default();
    let mut world = given().totp().backup_codes();
    let mut counted = 0;
    for (event, expected) in steps {
        world = play(seen, world, [(event, expected)]);
        match effect(&world, expected) {
            Effect::Counts => counted += 1,
            Effect::Clears => counted = 0,
            Effect::Leaves => {}
        }
        assert_eq!(world.user().login_failures.count, counted, "{expected}");
    }
}

#[test]
fn only_a_code_or_a_reset_clears_and_only_wrong_codes_of_totp_and_sms_count() {
    let row = |outcome_type, method, reason, via| Row {
        outcome_type,
        method,
        reason,
        via,
    };
    let accepted = "login.accepted.v1";
    let rejected = "login.rejected.v1";
    let table = [
        (
            row(rejected, Some("totp"), Some("wrong_code"), None),
            Effect::Counts,
        ),
        (
            row(rejected, Some("sms"), Some("wrong_code"), None),
            Effect::Counts,
        ),
        (
            row(rejected, Some("backup"), Some("wrong_code"), None),
            Effect::Leaves,
        ),
        (
            row(rejected, Some("totp"), Some("too_many_failures"), None),
            Effect::Leaves,
        ),
        (
            row(rejected, Some("totp"), Some("code_used"), None),
            Effect::Leaves,
        ),
        (
            row(accepted, Some("totp"), None, Some("totp")),
            Effect::Clears,
        ),
        (
            row(accepted, Some("sms"), None, Some("sms")),
            Effect::Clears,
        ),
        (
            row(accepted, Some("backup"), None, Some("backup")),
            Effect::Clears,
        ),
        (
            row(accepted, None, None, Some("remembered")),
            Effect::Leaves,
        ),
        (row(accepted, None, None, Some("enrolled")), Effect::Leaves),
        (
            row(accepted, None, None, Some("of a later release")),
            Effect::Leaves,
        ),
        (row("login.challenged.v1", None, None, None), Effect::Leaves),
        (row("reset.completed.v1", None, None, None), Effect::Clears),
        (row("reset.erased.v1", None, None, None), Effect::Clears),
        (
            row("event.rejected.v1", None, Some("too_old"), None),
            Effect::Leaves,
        ),
    ];
    for (row, expected) in table {
        assert_eq!(row.effect(), expected, "{row:?}");
    }
}
