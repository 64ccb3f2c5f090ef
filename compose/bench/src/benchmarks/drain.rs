//! Logins by an app's code that wait in the queue: how many a second are answered, and what each
//! costs in full batches. Against the broker's own limit and the obvious worker, in turns.

use anyhow::Result;

use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::report::Report;
use crate::measuring::stage::{ACCEPTED, Stage};
use crate::measuring::subject::Subject;

const NAME: &str = "drain";
/// Each logs in ten times.
const USERS: usize = 10_000;
/// Who is measured, and with how many logins: the slower ones with fewer.
const SUBJECTS: [(Subject, usize); 6] = [
    (Subject::Ceiling, 50_000),
    (Subject::PlainCeiling, 50_000),
    (Subject::Worker(1), 100_000),
    (Subject::Obvious(64), 20_000),
    (Subject::Obvious(1), 5_000),
    (Subject::Bare(64), 20_000),
];

/// Measures all of them.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut runs: [Vec<Run>; SUBJECTS.len()] = Default::default();
    for _ in 0..stage.size.runs {
        for ((subject, whole), runs) in SUBJECTS.into_iter().zip(&mut runs) {
            let mut people = stage.people(stage.size.of(USERS)).await?;
            let count = stage.size.of(whole);
            let drained = stage.drain(subject, count, &[ACCEPTED], || people.login());
            runs.push(drained.await?);
        }
    }
    let figures: Vec<Figure> = SUBJECTS
        .into_iter()
        .zip(runs)
        .map(|((subject, _), runs)| Figure::new(NAME, subject.name(), runs))
        .collect();
    let [ceiling, plain, worker, obvious, ..] = &figures[..] else {
        return Ok(Report::new(figures, []));
    };
    let against = |what: &str, name: &str, other: &Figure, bound| {
        let value = ratio(worker.median(name), other.median(name));
        Goal::of(NAME, format!("the worker's {what}"), value, bound)
    };
    let goals = [
        against(
            "rate in parts of the broker's limit",
            "per_s",
            ceiling,
            Bound::AtLeast(0.8),
        ),
        against(
            "rate in parts of the broker's limit with a plain client",
            "per_s",
            plain,
            Bound::AtLeast(0.8),
        ),
        against(
            "rate in parts of the obvious worker's, 64 tasks",
            "per_s",
            obvious,
            Bound::AtLeast(2.0),
        ),
        against(
            "own time an event in parts of the obvious worker's",
            "cpu_subject_us",
            obvious,
            Bound::AtMost(1.0),
        ),
        against(
            "time of Postgres an event in parts of the obvious worker's",
            "cpu_postgres_us",
            obvious,
            Bound::AtMost(1.0),
        ),
    ];
    Ok(Report::new(figures, goals))
}
