//! One institution's long queue beside another's ten logins a second: what the other's people feel
//! of it, from the moment at which the queue begins to be answered to its last event.

use std::time::Duration;

use anyhow::{Context, Result};

use super::latency::logins_of;
use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::load::Load;
use crate::measuring::paced::Pace;
use crate::measuring::report::Report;
use crate::measuring::stage::{ACCEPTED, CHALLENGED, Stage, latencies};
use crate::measuring::subject::Subject;

const NAME: &str = "tenants";
const WAITING: usize = 50_000;
const USERS: usize = 1_000;
/// The quiet institution's.
const PER_SECOND: u32 = 10;
/// Seconds of it alone, and beside the other at most.
const SECONDS: u64 = 20;

/// Measures it alone and beside the other.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut alone = Vec::new();
    let mut beside = Vec::new();
    for _ in 0..stage.size.runs {
        alone.push(once(stage, 0).await?);
        beside.push(once(stage, stage.size.of(WAITING)).await?);
    }
    let alone = Figure::new(NAME, "ten a second, alone", alone);
    let beside = Figure::new(NAME, "ten a second, beside 50,000", beside);
    let value = ratio(beside.median("p99_ms"), alone.median("p99_ms"));
    let what = "p99 beside another's queue in parts of that alone";
    let goal = Goal::of(NAME, what, value, Bound::AtMost(2.0));
    Ok(Report::new(vec![alone, beside], [goal]))
}

async fn once(stage: &Stage<'_>, waiting: usize) -> Result<Run> {
    let quiet = stage.people(USERS).await?;
    let mut loud = stage.people(USERS).await?;
    let mut theirs: Load = stage.load().await?;
    let mut ours = stage.load().await?;
    theirs.pour(waiting, || Ok(loud.ask())).await?;
    let running = Subject::Worker(1).start(stage.ground, stage.broker).await?;
    let begun = std::time::Instant::now();
    let pace = Pace {
        per_second: PER_SECOND,
        time: Duration::from_secs(SECONDS),
    };
    let answered = theirs.collect(waiting, &[CHALLENGED]);
    let paced = ours.pace(pace, &[ACCEPTED], logins_of(quiet));
    let (answered, mut timed) = tokio::try_join!(answered, paced)?;
    if let Some(last) = answered.last() {
        let until = last.at.saturating_duration_since(begun);
        timed.retain(|one| one.due <= until);
        let some = timed.first();
        some.context("the queue was answered before anybody else's event was due")?;
    }
    running.stop().await?;
    Ok(latencies(&timed))
}
