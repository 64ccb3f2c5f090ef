//! What a benchmark is given: the stack, the broker's administrator, the size; and what most need.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use twofactor_testkit::{Crm, Institution};

use super::broker::Broker;
use super::figure::{Run, percentile};
use super::ground::{Ground, worker};
use super::load::{Load, Message};
use super::paced::{Pace, Timed};
use super::people::People;
use super::size::Size;
use super::subject::{Running, Subject};

/// The outcome of a login by a right code.
pub const ACCEPTED: &str = "login.accepted.v1";
/// The outcome of a login without a code, where one is needed.
pub const CHALLENGED: &str = "login.challenged.v1";
/// The part of a drain that is not counted, since the subject has only begun then.
const BEGINNING: usize = 20;
/// Logins at a pace that are not counted: connections are opened, statements planned.
const WARM_UP: Duration = Duration::from_secs(1);

/// What a benchmark is given.
pub struct Stage<'a> {
    /// The stack.
    pub ground: &'a Ground,
    /// Its broker.
    pub broker: &'a Broker,
    /// How much of everything.
    pub size: Size,
    /// Where the measured programs are.
    pub binaries: &'a Path,
}

impl Stage<'_> {
    /// A CRM as the tests have it.
    pub async fn crm(&self) -> Result<Crm> {
        let crm = Crm::connect(&self.ground.variable("CRM_AMQP_URL")?).await?;
        Ok(crm.patient_for(Duration::from_mins(1)))
    }

    /// A CRM that can keep many events in flight.
    pub async fn load(&self) -> Result<Load> {
        Load::connect(self.ground).await
    }

    /// An institution that requires a second factor. Afterwards no worker runs.
    pub async fn institution(&self) -> Result<Institution> {
        self.ground.workers(&[worker("enrollment", 1)])?;
        let institution = Institution::strict(&self.crm().await?).await?;
        self.ground.workers(&[])?;
        Ok(institution)
    }

    /// So many people of an institution of their own. Afterwards no worker runs.
    pub async fn people(&self, count: usize) -> Result<People> {
        let institution = self.institution().await?;
        People::imported(self.ground, &institution, count)
    }

    /// Enough people for so many logins, so many at least.
    pub async fn people_for(&self, logins: usize, least: usize) -> Result<People> {
        self.people(logins.div_ceil(10).max(least)).await
    }

    /// Lets events wait, then starts the subject and waits for their outcomes; returns how many
    /// came a second, and the time of the processors.
    pub async fn drain(
        &self,
        subject: Subject,
        count: usize,
        kinds: &[&str],
        message: impl FnMut() -> Result<Message>,
    ) -> Result<Run> {
        let mut load = self.load().await?;
        load.pour(count, message).await?;
        let running = subject.start_at_once(self.ground, self.broker).await?;
        let drained = self.watch(&running, &mut load, count, kinds).await;
        let drained = running.explained(drained)?;
        running.stop().await?;
        Ok(drained)
    }

    async fn watch(
        &self,
        running: &Running<'_>,
        load: &mut Load,
        count: usize,
        kinds: &[&str],
    ) -> Result<Run> {
        let beginning = (count / BEGINNING).max(1);
        let mut answers = load.collect(beginning, kinds).await?;
        let before = running.cpu()?;
        let since = Instant::now();
        answers.extend(load.collect(count - beginning, kinds).await?);
        let last = answers.last().context("no event was published")?.at;
        let after = running.cpu()?;
        // What came while the first were looked at is not counted either.
        let counted = answers.iter().filter(|answer| answer.at > since).count();
        let mut run = after.per_event(before, counted);
        let time = last.saturating_duration_since(since);
        run.insert("per_s", per_second(counted, time));
        let bytes: usize = answers.iter().map(|answer| answer.body.len()).sum();
        run.insert("outcome_bytes", f64::from(u32::try_from(bytes / count)?));
        Ok(run)
    }

    /// Lets a subject that runs answer logins at a pace; returns the latencies and the time of the
    /// processors.
    pub async fn pace(
        &self,
        running: &Running<'_>,
        load: &mut Load,
        pace: Pace,
        message: impl FnMut() -> Result<Message> + Clone + Send + 'static,
    ) -> Result<Run> {
        let warm_up = Pace {
            time: WARM_UP,
            ..pace
        };
        let warmed_up = load.pace(warm_up, &[ACCEPTED], message.clone()).await;
        running.explained(warmed_up)?;
        let before = running.cpu()?;
        let timed = load.pace(pace, &[ACCEPTED], message).await;
        let timed = running.explained(timed)?;
        let mut run = running.cpu()?.per_event(before, timed.len());
        run.extend(latencies(&timed));
        Ok(run)
    }
}

/// Percentiles of latencies, in ms.
pub fn latencies(timed: &[Timed]) -> Run {
    let mut values: Vec<f64> = timed.iter().map(|one| one.latency).collect();
    let values = &mut values;
    Run::from([
        ("p50_ms", percentile(values, 50)),
        ("p99_ms", percentile(values, 99)),
        ("max_ms", percentile(values, 100)),
    ])
}

/// How many there were in each second.
pub fn per_second(count: usize, time: Duration) -> f64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    f64::from(count) / time.as_secs_f64().max(f64::EPSILON)
}
