//! A worker that is started, or whose database comes back: how soon the first event is answered,
//! and how soon all that waited meanwhile are.

use std::time::Instant;

use anyhow::{Context, Result};
use twofactor_stack::part::Part;

use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal};
use crate::measuring::ground::worker;
use crate::measuring::load::Load;
use crate::measuring::people::People;
use crate::measuring::report::Report;
use crate::measuring::stage::{CHALLENGED, Stage};

const NAME: &str = "cold";
const USERS: usize = 10_000;
const WAITING: usize = 50_000;

/// Measures a start with one event waiting, a start with many, and an outage of the database.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut runs: [Vec<Run>; 3] = Default::default();
    let many = stage.size.of(WAITING);
    for _ in 0..stage.size.runs {
        let mut people = stage.people(stage.size.of(USERS)).await?;
        runs[0].push(started(stage, &mut people, 1).await?);
        runs[1].push(started(stage, &mut people, many).await?);
        runs[2].push(come_back(stage, &mut people, many).await?);
    }
    let [one, all, outage] = runs;
    let figures = vec![
        Figure::new(NAME, "started, 1 waits", one),
        Figure::new(NAME, "started, 50,000 wait", all),
        Figure::new(NAME, "database back, 50,000 wait", outage),
    ];
    let first = figures[0].median("first_s");
    let what = "seconds from the start to the first answer";
    let goal = Goal::of(NAME, what, first, Bound::AtMost(0.3));
    Ok(Report::new(figures, [goal]))
}

async fn started(stage: &Stage<'_>, people: &mut People, count: usize) -> Result<Run> {
    let mut load = stage.load().await?;
    stage.ground.workers(&[])?;
    stage.broker.is_left_alone("login").await?;
    load.pour(count, || Ok(people.ask())).await?;
    let begun = Instant::now();
    stage.ground.start(worker("login", 1))?;
    answered(stage, &mut load, count, begun).await
}

async fn come_back(stage: &Stage<'_>, people: &mut People, count: usize) -> Result<Run> {
    let mut load = stage.load().await?;
    stage.ground.start(worker("login", 1))?;
    stage.broker.is_consumed("login").await?;
    stage.ground.stop(Part::Postgres)?;
    load.pour(count, || Ok(people.ask())).await?;
    stage.ground.start(Part::Postgres)?;
    answered(stage, &mut load, count, Instant::now()).await
}

async fn answered(stage: &Stage<'_>, load: &mut Load, count: usize, begun: Instant) -> Result<Run> {
    let answers = load.collect(count, &[CHALLENGED]).await?;
    let first = answers.first().context("no event was published")?;
    let last = answers.last().context("no event was published")?;
    let since = |at: Instant| at.saturating_duration_since(begun).as_secs_f64();
    let run = Run::from([("first_s", since(first.at)), ("all_s", since(last.at))]);
    stage.broker.is_empty("login").await?;
    stage.ground.workers(&[])?;
    stage.broker.forget_broadcasts().await?;
    Ok(run)
}
