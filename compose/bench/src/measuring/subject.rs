//! What takes the logins from the queue: the worker, or a yardstick in its place.
//!
//! It knows how each is started, and whose processor time is counted.

use std::time::Duration;

use anyhow::{Context, Result};
use twofactor_stack::part::{Part, WORKERS};
use twofactor_stack::{interrupt, postgres, rabbitmq};

use super::broker::Broker;
use super::figure::Run;
use super::ground::{Ground, worker};
use super::processes::cpu_of;
use crate::yardsticks::TABLES;

/// The name of a yardstick's process.
const YARDSTICK: &str = "yardstick";

/// One of those that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The product's worker, in so many copies.
    Worker(u16),
    /// All four workers, a copy each.
    Day,
    /// The broker alone: both copies of an outcome, no database.
    Ceiling,
    /// The same, with each copy waited for until it is written.
    PlainCeiling,
    /// One event a transaction, decided by the same rules into the same rows, with so many tasks.
    Obvious(u16),
    /// One event a transaction that decides nothing: six statements, three rows.
    Bare(u16),
}

/// A subject that runs; it is stopped by [`Running::stop`], or with the stack.
pub struct Running<'a> {
    ground: &'a Ground,
    broker: &'a Broker,
    subject: Subject,
}

/// Processor time since the start of each process.
#[derive(Clone, Copy)]
pub struct Cpu {
    subject: Duration,
    postgres: Duration,
    rabbitmq: Duration,
}

impl Subject {
    /// As the lines name it.
    pub fn name(self) -> String {
        match self {
            Self::Worker(1) => "worker".to_owned(),
            Self::Worker(copies) => format!("worker, {copies} copies"),
            Self::Day => "four workers".to_owned(),
            Self::Ceiling => "ceiling".to_owned(),
            Self::PlainCeiling => "plain ceiling".to_owned(),
            Self::Obvious(tasks) => {
                format!("obvious, {tasks} tasks").replace(" 1 tasks", " 1 task")
            }
            Self::Bare(tasks) => format!("bare, {tasks} tasks"),
        }
    }

    /// Starts it, and nobody else; returns when it takes logins.
    pub async fn start<'a>(self, ground: &'a Ground, broker: &'a Broker) -> Result<Running<'a>> {
        let running = self.start_at_once(ground, broker).await?;
        broker.is_consumed("login").await?;
        Ok(running)
    }

    /// The same, without waiting until it takes logins.
    pub async fn start_at_once<'a>(
        self,
        ground: &'a Ground,
        broker: &'a Broker,
    ) -> Result<Running<'a>> {
        ground.workers(&[])?;
        ground.stop_own(YARDSTICK)?;
        broker.is_left_alone("login").await?;
        match self {
            Self::Worker(_) | Self::Day => ground.workers(&self.workers())?,
            Self::Ceiling => ground.start_own(YARDSTICK, "login", "ceiling:512")?,
            Self::PlainCeiling => ground.start_own(YARDSTICK, "login", "plain_ceiling:512")?,
            Self::Obvious(tasks) => {
                ground.start_own(YARDSTICK, "login", &format!("obvious:{tasks}"))?;
            }
            Self::Bare(tasks) => {
                ground.sql(postgres::SUPERUSER, TABLES)?;
                ground.start_own(YARDSTICK, "login", &format!("bare:{tasks}"))?;
            }
        }
        Ok(Running {
            ground,
            broker,
            subject: self,
        })
    }
}

impl Subject {
    /// The product's workers among them.
    fn workers(self) -> Vec<Part> {
        match self {
            Self::Worker(copies) => (1..=copies).map(|copy| worker("login", copy)).collect(),
            Self::Day => Part::workers(1).collect(),
            Self::Ceiling | Self::PlainCeiling | Self::Obvious(_) | Self::Bare(_) => Vec::new(),
        }
    }
}

impl Running<'_> {
    /// The pids of the subject.
    pub fn pids(&self) -> Result<Vec<i32>> {
        let workers = self.subject.workers();
        if workers.is_empty() {
            return Ok(vec![self.ground.pid(YARDSTICK)?]);
        }
        let pid = |worker: &Part| self.ground.pid(&worker.to_string());
        workers.iter().map(pid).collect()
    }

    /// Adds the end of the subject's log to an error.
    pub fn explained<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_ok() || interrupt::check().is_err() {
            return result;
        }
        let workers = self.subject.workers();
        let name = workers
            .first()
            .map_or(YARDSTICK.to_owned(), ToString::to_string);
        let words = self.ground.last_words(&name);
        result.with_context(|| format!("{}.{words}\n", self.subject.name()))
    }

    /// Processor time until now.
    pub fn cpu(&self) -> Result<Cpu> {
        let own: Result<Vec<Duration>> = self.pids()?.into_iter().map(cpu_of).collect();
        Ok(Cpu {
            subject: own?.iter().sum(),
            postgres: cpu_of(self.ground.pid(postgres::NAME)?)?,
            rabbitmq: cpu_of(self.ground.pid(rabbitmq::NAME)?)?,
        })
    }

    /// Stops it once it has acknowledged all, and forgets what it has broadcast.
    pub async fn stop(self) -> Result<()> {
        for worker in WORKERS {
            self.broker.is_empty(worker).await?;
        }
        self.ground.workers(&[])?;
        self.ground.stop_own(YARDSTICK)?;
        self.broker.forget_broadcasts().await
    }
}

impl Cpu {
    /// Microseconds of each for one of so many events, since an earlier moment.
    pub fn per_event(self, since: Self, events: usize) -> Run {
        let events = f64::from(u32::try_from(events).unwrap_or(u32::MAX));
        let each =
            |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() * 1e6 / events;
        Run::from([
            ("cpu_subject_us", each(self.subject, since.subject)),
            ("cpu_postgres_us", each(self.postgres, since.postgres)),
            ("cpu_rabbitmq_us", each(self.rabbitmq, since.rabbitmq)),
        ])
    }
}
