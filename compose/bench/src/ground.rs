//! A stack for one benchmark, with one copy of each worker, a CRM and an observer.
//!
//! It knows how to make events wait for a worker. Each benchmark decides what it measures.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::join_all;
use tokio::task::block_in_place;
use twofactor_contract::Service;
use twofactor_stack::part::Part;
use twofactor_stack::stack::Stack;
use twofactor_stack::{environment, postgres};
use twofactor_testkit::{Crm, CrmEvent, DeadLetters, Outcome};

use twofactor_stack::checkout;

/// The time that all events of a queue may take.
const PATIENCE: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(20);

/// A stack that is stopped and deleted when it is dropped.
pub struct Ground {
    stack: Stack,
}

impl Ground {
    /// Starts everything except Prometheus, whose work would be measured too.
    pub fn lay() -> Result<Self> {
        let binaries = checkout::binaries()?;
        let mut stack = Stack::throwaway(&checkout::target()?, "stack-bench", &binaries)?;
        let mut parts = Part::all(1);
        parts.retain(|part| *part != Part::Prometheus);
        // With the product's own settings, whatever the caller's environment says.
        stack.prepare(&parts, 1, BTreeMap::new())?;
        stack.start_all(&parts)?;
        Ok(Self { stack })
    }

    /// Returns a CRM that waits until everything is answered.
    pub async fn crm(&self) -> Result<Crm> {
        let crm = Crm::connect(&self.variable("CRM_AMQP_URL")?).await?;
        Ok(crm.patient_for(PATIENCE))
    }

    /// Lets all events wait in the queue of a stopped worker, then starts it; returns the outcomes
    /// and how many it gave each second between the first and the last.
    pub async fn drain(
        &self,
        crm: &Crm,
        service: Service,
        events: &[CrmEvent],
    ) -> Result<(Vec<Outcome>, f64)> {
        let name: Part = service.name().parse()?;
        let operator = DeadLetters::connect(&self.variable("OPERATOR_AMQP_URL")?).await?;
        block_in_place(|| self.stack.stop(name))?;
        let asked = events.iter().map(async |event| {
            let outcome = crm.ask(event).await?;
            anyhow::Ok((outcome, Instant::now()))
        });
        let queue = format!("twofactor.{}", service.name());
        let started = async {
            while usize::try_from(operator.messages(&queue).await?)? < events.len() {
                tokio::time::sleep(POLL).await;
            }
            block_in_place(|| self.stack.start(name))
        };
        let (answered, started) = tokio::join!(join_all(asked), started);
        started?;
        let answered: Vec<(Outcome, Instant)> = answered.into_iter().collect::<Result<_>>()?;
        let times = || answered.iter().map(|(_, time)| *time);
        let (first, last) = times()
            .min()
            .zip(times().max())
            .context("no event was sent")?;
        let rate = per_second(answered.len(), last - first);
        Ok((
            answered.into_iter().map(|(outcome, _)| outcome).collect(),
            rate,
        ))
    }

    /// Runs `twofactor-ctl` as the owner of the database; returns what it prints.
    pub fn ctl(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(checkout::binaries()?.join("twofactor-ctl"))
            .args(arguments)
            .envs(environment::variables(
                self.stack.directory(),
                self.stack.settings(),
            ))
            .stdin(Stdio::null())
            .output()
            .context("cannot run twofactor-ctl")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "twofactor-ctl {arguments:?}: {said}"
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs SQL as that role; returns what it prints.
    pub fn sql(&self, role: &str, sql: &str) -> Result<String> {
        postgres::run_sql(
            self.stack.settings(),
            role,
            twofactor_stack::database::NAME,
            sql,
        )
    }

    /// Returns a file of its own, gone with the stack.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.stack.directory().path(name)
    }

    fn variable(&self, name: &str) -> Result<String> {
        let variables = environment::variables(self.stack.directory(), self.stack.settings());
        let found = variables.into_iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value)
            .with_context(|| format!("the stack has no {name}"))
    }
}

/// Returns the count for each second.
pub fn per_second(count: usize, time: Duration) -> f64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    f64::from(count) / time.as_secs_f64().max(f64::EPSILON)
}
