//! How long an evaluator waits for everything to be ready, binaries built.

use std::time::Instant;

use anyhow::Result;

use crate::measuring::figure::{Figure, Run};
use crate::measuring::ground::Ground;
use crate::measuring::report::Report;
use crate::measuring::stage::Stage;

/// From nothing to four workers that are ready, on a stack of its own.
pub fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut runs = Vec::new();
    for _ in 0..stage.size.runs {
        let begun = Instant::now();
        let ground = Ground::lay(stage.binaries)?;
        runs.push(Run::from([("ready_s", begun.elapsed().as_secs_f64())]));
        drop(ground);
    }
    let figure = Figure::new("start", "everything", runs);
    Ok(Report::new(vec![figure], []))
}
