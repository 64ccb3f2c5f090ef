//! Logins at a pace that does not wait for answers: how long each takes, and what it costs each
//! process. Where few come at a time a batch is one event, and the worker must not cost more than
//! the obvious one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::paced::Pace;
use crate::measuring::people::People;
use crate::measuring::report::Report;
use crate::measuring::stage::Stage;
use crate::measuring::subject::Subject;

const NAME: &str = "latency";
const USERS: usize = 2_000;
/// Seconds at each pace.
const SECONDS: usize = 10;
const PACES: [u32; 4] = [50, 200, 1_000, 3_000];
/// The paces that the obvious worker with one task keeps.
const SLOW: [u32; 2] = [50, 200];
const OBVIOUS: Subject = Subject::Obvious(64);
const BARE: Subject = Subject::Bare(64);

/// Measures all of them, in turns.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut cases = Vec::new();
    let paces = stage.size.pace.map_or(PACES.to_vec(), |pace| vec![pace]);
    for pace in paces {
        let mut subjects = vec![Subject::Worker(1), OBVIOUS];
        if pace <= SLOW[1] {
            subjects.extend([Subject::Obvious(1), BARE]);
        }
        cases.extend(subjects.into_iter().map(|subject| (pace, subject)));
    }
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); cases.len()];
    for _ in 0..stage.size.runs {
        for ((pace, subject), runs) in cases.iter().zip(&mut runs) {
            runs.push(once(stage, *subject, *pace).await?);
        }
    }
    let figures: Vec<Figure> = cases
        .iter()
        .zip(runs)
        .map(|((pace, subject), runs)| Figure::new(NAME, named(*pace, *subject), runs))
        .collect();
    let goals = goals(&figures);
    Ok(Report::new(figures, goals))
}

async fn once(stage: &Stage<'_>, subject: Subject, per_second: u32) -> Result<Run> {
    let time = Duration::from_secs(u64::try_from(stage.size.of(SECONDS))?);
    let pace = Pace { per_second, time };
    let logins = pace.count() + usize::try_from(per_second)?;
    let people = stage.people_for(logins, USERS).await?;
    let mut load = stage.load().await?;
    let running = subject.start(stage.ground, stage.broker).await?;
    let run = stage.pace(&running, &mut load, pace, logins_of(people));
    let run = run.await?;
    running.stop().await?;
    Ok(run)
}

/// The logins of these people, from whatever thread.
pub fn logins_of(
    people: People,
) -> impl FnMut() -> Result<crate::measuring::load::Message> + Clone + Send + 'static {
    let people = Arc::new(Mutex::new(people));
    move || {
        let mut people = people.lock().unwrap_or_else(PoisonError::into_inner);
        people.login()
    }
}

fn named(pace: u32, subject: Subject) -> String {
    format!("{pace}/s, {}", subject.name())
}

fn goals(figures: &[Figure]) -> Vec<Option<Goal>> {
    let median = |pace, subject, name: &str| {
        let what = named(pace, subject);
        let figure = figures.iter().find(|figure| figure.what() == what);
        figure.and_then(|figure| figure.median(name))
    };
    let mut goals = Vec::new();
    let mut ask = |pace, other: Subject, name: &str, bound| {
        let value = ratio(
            median(pace, Subject::Worker(1), name),
            median(pace, other, name),
        );
        let what = format!("{name} at {pace}/s in parts of: {}", other.name());
        goals.push(Goal::of(NAME, what, value, Bound::AtMost(bound)));
    };
    for pace in SLOW {
        ask(pace, OBVIOUS, "p50_ms", 1.1);
        ask(pace, OBVIOUS, "p99_ms", 1.2);
    }
    ask(1_000, OBVIOUS, "p50_ms", 1.0);
    for name in ["cpu_subject_us", "cpu_postgres_us"] {
        ask(200, OBVIOUS, name, 1.0);
        ask(200, BARE, name, 1.4);
    }
    goals
}
