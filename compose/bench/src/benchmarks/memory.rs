//! Resident memory of the worker: idle, and the most while it answers a long queue. It must not
//! depend on how much waits.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal};
use crate::measuring::processes::memory_of;
use crate::measuring::report::Report;
use crate::measuring::stage::{CHALLENGED, Stage};
use crate::measuring::subject::Subject;

const NAME: &str = "memory";
const USERS: usize = 10_000;
const WAITING: usize = 200_000;
/// Until a worker that was started has settled.
const SETTLING: Duration = Duration::from_secs(5);

/// Measures both.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut idle = Vec::new();
    let mut busy = Vec::new();
    for _ in 0..stage.size.runs {
        let mut people = stage.people(stage.size.of(USERS)).await?;
        let mut load = stage.load().await?;
        let running = Subject::Worker(1).start(stage.ground, stage.broker).await?;
        tokio::time::sleep(SETTLING).await;
        idle.push(memory(&running.pids()?)?);
        running.stop().await?;
        let count = stage.size.of(WAITING);
        load.pour(count, || Ok(people.ask())).await?;
        let running = Subject::Worker(1).start_at_once(stage.ground, stage.broker);
        let running = running.await?;
        load.collect(count, &[CHALLENGED]).await?;
        busy.push(memory(&running.pids()?)?);
        running.stop().await?;
    }
    let idle = Figure::new(NAME, "idle", idle);
    let busy = Figure::new(NAME, "with 200,000 waiting", busy);
    let goals = [
        Goal::of(
            NAME,
            "MiB, idle",
            idle.median("resident_mib"),
            Bound::AtMost(32.0),
        ),
        Goal::of(
            NAME,
            "MiB at most, with 200,000 waiting",
            busy.median("most_mib"),
            Bound::AtMost(64.0),
        ),
    ];
    Ok(Report::new(vec![idle, busy], goals))
}

fn memory(pids: &[i32]) -> Result<Run> {
    let memory = memory_of(*pids.first().context("no worker runs")?)?;
    Ok(Run::from([
        ("resident_mib", memory.resident),
        ("anonymous_mib", memory.anonymous),
        ("most_mib", memory.most),
    ]))
}
