//! How long an evaluator waits for everything to be ready, binaries built.

use std::time::Instant;

use anyhow::Result;

use super::figure::{RUNS, Run};
use super::ground::Ground;

/// From nothing to four workers that are ready.
pub fn ready() -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let ground = Ground::lay()?;
        runs.push(Run::from([("ready", begun.elapsed().as_secs_f64())]));
        drop(ground);
    }
    Ok(runs)
}
