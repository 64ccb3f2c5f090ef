//! Random lives of users of two institutions, with the promises checked after each step.
//!
//! A life is a list of symbolic steps (`step`): who does what, with which code, after how long.
//! A worker in memory (`worker`) decides them with the real rules; an independent little model
//! (`model`) knows which secrets, codes and tokens are good, and must agree. A failing life is
//! printed and shrunk by proptest.

mod agree;
mod known;
mod life;
mod model;
mod send;
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
use twofactor_contract::{Reason, Via};

/// As many lives as the environment asks proptest for, else ten thousand.
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

/// Lives that never get anywhere would keep every promise.
#[test]
fn lives_come_to_every_way_in_and_every_reason_but_one() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..2_000 {
        let lives = (step::start(), step::steps());
        let tree = lives.new_tree(&mut runner).expect("a life");
        let (start, steps) = tree.current();
        let mut life = life::Life::begin(&start);
        for step in &steps {
            life.live(step);
        }
        reached.append(&mut life.reached);
    }
    let ways = Via::ALL.iter().map(|way| way.as_str());
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let missing: Vec<_> = ways
        .chain(reasons)
        .filter(|word| !reached.contains(*word))
        .collect();
    assert_eq!(
        missing,
        ["invalid_number"],
        "the numbers of lives are all right"
    );
}
