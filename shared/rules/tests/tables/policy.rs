//! `enrollment.policy.set.v1` and `.requested.v1`.

use serde_json::json;

use crate::event::{login, see_policy, set_policy};
use crate::fixture::given;
use crate::seen::Seen;
use crate::world::play;

const DONE: &str = "enrollment.policy";

/// Setting and viewing.
pub fn table(seen: &mut Seen) {
    let world = play(
        seen,
        given().no_policy(),
        [(set_policy(true, 7), DONE), (see_policy().after(60), DONE)],
    );
    let shown = json!({
        "tenant_id": "north", "required": true, "grace_days": 7,
        "required_since": "2026-11-24T10:00:00.000000Z",
        "set_by": "root", "set_at": "2026-11-24T10:00:00.000000Z",
    });
    assert_eq!(world.last, shown);
    // Setting `required` again does not restart grace; another length counts from the same time.
    let world = play(
        seen,
        world,
        [
            (set_policy(true, 1).after(3600), DONE),
            (login(), "login.accepted grace"),
            (set_policy(true, 0), DONE),
            (login(), "login.challenged set_up"),
        ],
    );
    let policy = world.state.policies.values().next().expect("a policy");
    assert_eq!(
        policy.required_since.map(|at| at.to_string()).as_deref(),
        Some("2026-11-24T10:00:00Z")
    );
    // No longer required, then required again: grace starts again.
    let world = play(
        seen,
        world,
        [
            (set_policy(false, 0), DONE),
            (login(), "login.accepted not_required"),
            (set_policy(true, 1).after(86_400), DONE),
            (login(), "login.accepted grace"),
        ],
    );
    assert_eq!(world.last["set_up_by"], "2026-11-26T11:01:00.000000Z");
    // If nothing is required, there is no `required_since`.
    let world = play(seen, given().no_policy(), [(set_policy(false, 90), DONE)]);
    assert_eq!(world.last.get("required_since"), None);
    let change = world.notes.policy.expect("a row of the policy log");
    assert_eq!((change.before, change.now.grace_days), (None, 90));
    let world = play(seen, given(), [(set_policy(false, 3), DONE)]);
    let before = world
        .notes
        .policy
        .and_then(|change| change.before)
        .expect("one before");
    assert_eq!((before.required, before.grace_days), (true, 0));
}

#[test]
fn policies() {
    table(&mut Seen::default());
}
