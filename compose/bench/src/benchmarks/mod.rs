//! The benchmarks, a file each. Each lays its own load on the stack and leaves no message behind.

mod cold;
mod copies;
mod drain;
mod latency;
mod memory;
mod mixed;
mod operators;
mod scale;
mod start;
mod steady;
mod tenants;
mod texts;

use anyhow::Result;
use clap::ValueEnum;

use crate::measuring::report::Report;
use crate::measuring::stage::Stage;

/// One benchmark. In this order they are run: those that fill the database come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// From nothing to four workers that are ready.
    Start,
    /// Logins by code that wait in the queue, against the broker's limit and the obvious worker.
    Drain,
    /// The events of a day that wait in the queues of all four workers.
    Mixed,
    /// Answers at a steady pace of 50 to 3,000 a second, and what an event costs each process.
    Latency,
    /// The same queue with 1, 2 and 4 copies of the worker; one user in all its events.
    Copies,
    /// Resident memory of the worker: idle, and with 200,000 events waiting.
    Memory,
    /// From the start of a worker to its first answer; 50,000 events that wait after an outage.
    Cold,
    /// Texts through a provider that takes 300 ms, and one that never answers.
    Texts,
    /// One institution's 50,000 waiting events beside another's ten a second.
    Tenants,
    /// Users imported by `twofactor-ctl import`.
    Import,
    /// Rows of the trail verified, inside Postgres and over an export.
    Verify,
    /// 200 logins a second for `--minutes`, with a snapshot held open in the middle.
    Steady,
    /// A login among 1,000, 100,000 and 1,000,000 users, with 10 million rows of the trail.
    Scale,
}

impl Bench {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Measures it.
    pub async fn measure(self, stage: &Stage<'_>) -> Result<Report> {
        match self {
            Self::Start => start::measure(stage),
            Self::Drain => drain::measure(stage).await,
            Self::Mixed => mixed::measure(stage).await,
            Self::Latency => latency::measure(stage).await,
            Self::Copies => copies::measure(stage).await,
            Self::Memory => memory::measure(stage).await,
            Self::Cold => cold::measure(stage).await,
            Self::Texts => texts::measure(stage).await,
            Self::Tenants => tenants::measure(stage).await,
            Self::Import => operators::import(stage).await,
            Self::Verify => operators::verify(stage),
            Self::Steady => steady::measure(stage).await,
            Self::Scale => scale::measure(stage).await,
        }
    }
}

/// All of them, in the order in which they are run.
pub fn all() -> &'static [Bench] {
    Bench::value_variants()
}
