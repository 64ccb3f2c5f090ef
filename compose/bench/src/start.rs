//! The time until everything is ready, with the binaries built.

use std::time::Instant;

use anyhow::Result;

use super::figure::{RUNS, Run};
use super::ground::Ground;

/// Measures the time of a start, until four workers are ready.
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
