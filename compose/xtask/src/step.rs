//! Shows what is being done and how long it took, so that no long step looks frozen.

use std::time::Instant;

use anyhow::Result;

/// Does one step under a headline, and says its time.
pub fn step<T>(headline: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n── {headline}");
    let started = Instant::now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => println!("── {headline}: done in {seconds:.1} s"),
        Err(_) => println!("── {headline}: FAILED after {seconds:.1} s"),
    }
    outcome
}
