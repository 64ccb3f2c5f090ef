//! Random lives of users of two institutions, with the promises checked after each step.
//!
//! A life is a list of symbolic steps (`step`): who does what, with which code, after how long. A
//! worker in memory (`worker`) decides them with the real rules. A small independent model
//! (`model`) knows which secrets, codes and tokens are valid, and must agree. proptest prints and
//! shrinks a failing life.

mod action;
mod agree;
mod knowledge;
mod life;
mod model;
mod pick;
mod spell;
mod start;
mod step;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod worker;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use twofactor_contract::Event;

/// Runs as many lives as the environment asks proptest for, else ten thousand.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let usual = 256;
    ProptestConfig {
        cases: if asked.cases == usual {
            10_000
        } else {
            asked.cases
        },
        max_shrink_iters: 4_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/life/regressions.txt",
        ))),
        ..asked
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_life_keeps_the_promises(start in step::start(), steps in step::steps()) {
        let mut life = life::Life::begin(&start);
        for step in &steps {
            life.live(step);
        }
        life.end();
    }
}

/// Lives that never reach an outcome would keep every promise.
#[test]
fn lives_reach_every_declared_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    let declared = declared();
    for count in 0..10_000 {
        if count >= 2_000 && declared.iter().all(|outcome| is_reached(outcome, &reached)) {
            break;
        }
        let lives = (step::start(), step::steps());
        let tree = lives.new_tree(&mut runner).expect("a life");
        let (start, steps) = tree.current();
        let mut life = life::Life::begin(&start);
        for step in &steps {
            life.live(step);
        }
        reached.append(&mut life.reached);
    }
    reached.retain(|outcome| !outcome.contains(" event.rejected.v1 "));
    let undeclared: Vec<_> = reached.difference(&declared).collect();
    assert!(
        undeclared.is_empty(),
        "no event type declares {undeclared:?}"
    );
    let missing = declared
        .iter()
        .filter(|outcome| !is_reached(outcome, &reached));
    let missing: Vec<_> = missing.collect();
    assert!(
        missing.is_empty(),
        "no life reaches {missing:?}; see `action.rs`"
    );
    let common: Vec<_> = TOO_RARE
        .iter()
        .filter(|outcome| reached.contains(**outcome))
        .collect();
    assert!(common.is_empty(), "lives do reach {common:?}");
}

/// Returns `true` if lives have reached the outcome, or need not.
fn is_reached(outcome: &String, reached: &BTreeSet<String>) -> bool {
    reached.contains(outcome) || TOO_RARE.contains(&outcome.as_str())
}

/// Outcomes that random sequences reach too seldom; the tables reach each of them.
const TOO_RARE: [&str; 10] = [
    "enrollment.backup_codes.requested.v1 enrollment.rejected.v1 reset_since",
    "enrollment.backup_codes.requested.v1 enrollment.rejected.v1 stale_event",
    "enrollment.sms.confirmed.v1 enrollment.rejected.v1 locked",
    "enrollment.sms.confirmed.v1 enrollment.rejected.v1 too_many_failures",
    "enrollment.sms.started.v1 enrollment.rejected.v1 invalid_number",
    "enrollment.sms.started.v1 enrollment.rejected.v1 locked",
    "enrollment.totp.confirmed.v1 enrollment.rejected.v1 locked",
    "enrollment.totp.confirmed.v1 enrollment.rejected.v1 too_many_failures",
    "enrollment.totp.started.v1 enrollment.rejected.v1 locked",
    "sms.requested.v1 sms.failed.v1 too_many_failures",
];

/// Returns every declared outcome: the event's type, the outcome's type, and the reason or the way
/// in.
fn declared() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for known in Event::TYPES {
        for possible in known.outcomes {
            let outcome = format!("{} {}", known.name, possible.outcome_type);
            let reasons = possible.reasons.iter().map(|reason| reason.as_str());
            let vias = possible.vias.iter().map(|via| via.as_str());
            let words: Vec<_> = reasons.chain(vias).collect();
            all.extend(words.iter().map(|word| format!("{outcome} {word}")));
            if words.is_empty() {
                all.insert(outcome);
            }
        }
    }
    all
}
