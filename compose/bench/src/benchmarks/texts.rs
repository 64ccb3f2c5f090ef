//! Texts through a provider that takes 300 ms, as a real one does: how many a second, and whether a
//! call that is never answered delays anybody else's.

use std::time::Duration;

use anyhow::{Context, Result};
use twofactor_testkit::{Institution, Person};

use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::load::{Load, Message};
use crate::measuring::paced::Pace;
use crate::measuring::people::People;
use crate::measuring::report::Report;
use crate::measuring::slow::Slow;
use crate::measuring::stage::{Stage, latencies, per_second};

const NAME: &str = "texts";
/// The worker under a name of its own, since its provider is another.
const WORKER: &str = "sms-slow";
const SENT: &str = "sms.sent.v1";
const TAKES: Duration = Duration::from_millis(300);
const WAITING: usize = 3_000;
/// Those who ask while a call hangs.
const PER_SECOND: u32 = 50;
/// A call is given up after ten.
const SECONDS: usize = 8;

/// Measures the rate of those that wait, and the latency beside a call that hangs.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut rates = Vec::new();
    let mut alone = Vec::new();
    let mut beside = Vec::new();
    for _ in 0..stage.size.runs {
        let institution = stage.institution().await?;
        let silent = People::imported(stage.ground, &institution, 1)?;
        let silent = &silent.all.first().context("one was imported")?.person;
        let number = silent.number.trim_start_matches('+').to_owned();
        let url = stage.ground.variable("SMS_SANDBOX_URL")?;
        let slow = Slow::before(&url, TAKES, number).await?;
        let scene = Scene {
            stage,
            institution,
            slow,
        };
        rates.push(scene.drain(stage.size.of(WAITING)).await?);
        alone.push(scene.pace(None).await?);
        beside.push(scene.pace(Some(silent)).await?);
    }
    let rates = Figure::new(NAME, "waiting", rates);
    let alone = Figure::new(NAME, "50/s, alone", alone);
    let beside = Figure::new(NAME, "50/s, beside a call that hangs", beside);
    let p99 = ratio(beside.median("p99_ms"), alone.median("p99_ms"));
    let goals = [
        Goal::of(
            NAME,
            "texts a second of one worker",
            rates.median("per_s"),
            Bound::AtLeast(200.0),
        ),
        Goal::of(
            NAME,
            "p99 beside a call that hangs in parts of that alone",
            p99,
            Bound::AtMost(1.2),
        ),
    ];
    Ok(Report::new(vec![rates, alone, beside], goals))
}

struct Scene<'a> {
    stage: &'a Stage<'a>,
    institution: Institution,
    slow: Slow,
}

impl Scene<'_> {
    fn start(&self) -> Result<()> {
        let provider = [("TWILIO_BASE_URL", self.slow.url())];
        self.stage.ground.start_worker(WORKER, "sms", &provider)
    }

    async fn stop(&self) -> Result<()> {
        self.stage.broker.is_empty("sms").await?;
        self.stage.ground.stop_own(WORKER)?;
        self.stage.broker.forget_broadcasts().await
    }

    /// So many who wait, from the first outcome to the last.
    async fn drain(&self, count: usize) -> Result<Run> {
        let people = People::imported(self.stage.ground, &self.institution, count)?;
        let mut everybody = people.all.iter().map(|holder| &holder.person);
        let mut load = self.stage.load().await?;
        load.pour(count, || request(everybody.next())).await?;
        self.start()?;
        let answers = load.collect(count, &[SENT]).await?;
        let first = answers.first().context("no text was asked for")?.at;
        let last = answers.last().context("no text was asked for")?.at;
        self.stop().await?;
        let time = last.saturating_duration_since(first);
        Ok(Run::from([("per_s", per_second(count, time))]))
    }

    /// Some who ask at a pace, beside one whose call hangs.
    async fn pace(&self, silent: Option<&Person>) -> Result<Run> {
        let seconds = u64::try_from(self.stage.size.of(SECONDS))?;
        let pace = Pace {
            per_second: PER_SECOND,
            time: Duration::from_secs(seconds),
        };
        let people = People::imported(self.stage.ground, &self.institution, pace.count() + 1)?;
        let mut everybody = people.all.into_iter().map(|holder| holder.person);
        let mut load = self.stage.load().await?;
        let mut theirs: Load = self.stage.load().await?;
        self.start()?;
        self.stage.broker.is_consumed("sms").await?;
        // One at least is answered before the time counts.
        let first = everybody.next();
        load.pour(1, || request(first.as_ref())).await?;
        load.collect(1, &[SENT]).await?;
        let hangs = usize::from(silent.is_some());
        if let Some(silent) = silent {
            theirs.pour(1, || request(Some(silent))).await?;
        }
        let timed = load.pace(pace, &[SENT], move || request(everybody.next().as_ref()));
        let timed = timed.await?;
        theirs.collect(hangs, &[SENT]).await?;
        self.stop().await?;
        Ok(latencies(&timed))
    }
}

fn request(person: Option<&Person>) -> Result<Message> {
    let person = person.context("everybody has asked for a text")?;
    Ok(person.request_text().into())
}
