//! The stage: a private stack with two copies of every worker, deleted when the demonstration ends.
//!
//! It knows how the parts are started and how two of the workers are replaced for the second
//! half. It does not know the story.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use twofactor_stack::part::Part;
use twofactor_stack::stack::Stack;
use twofactor_stack::{database, prometheus, rabbitmq, sandbox, workers};

use super::screen::{Screen, Style, duration, show};
use twofactor_stack::checkout;

/// Copies of each worker, since the promises hold for any count of workers.
const COPIES: u16 = 2;
/// Copies of all workers, besides those that take over for the second half.
const ALL_COPIES: u16 = 4;
/// The workers that take over: those that throttle texts.
const EXCHANGED: [&str; 2] = ["sms", "enrollment"];
const POLL: Duration = Duration::from_millis(20);

/// A running stack.
pub struct Stage {
    stack: Stack,
    running: Vec<Part>,
    ran: Vec<Part>,
}

impl Stage {
    /// Starts everything and shows when each part is ready.
    pub fn set(screen: Screen) -> Result<Self> {
        let binaries = checkout::binaries()?;
        let mut stack = Stack::throwaway(&checkout::target()?, "stack-demo", &binaries)?;
        let parts = Part::all(COPIES);
        // With the product's own settings, whatever the caller's environment says.
        stack.prepare(&parts, ALL_COPIES, BTreeMap::new())?;
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| tell_what_is_ready(screen, &stack, &parts, &is_done));
            let outcome = stack.start_all(&parts);
            is_done.store(true, Ordering::Relaxed);
            outcome
        })?;
        let running: Vec<Part> = parts.into_iter().filter(|part| part.is_worker()).collect();
        let ran = running.clone();
        Ok(Self {
            stack,
            running,
            ran,
        })
    }

    /// Stops the workers that send texts in good order, and starts others with that throttle.
    pub fn shorten_throttle(&mut self, throttle: &str) -> Result<()> {
        let leaving: Vec<Part> = self.running.iter().copied().filter(is_exchanged).collect();
        for part in leaving {
            self.stack.stop(part)?;
        }
        self.running.retain(|part| !is_exchanged(part));
        let mut settings = self.stack.settings().clone();
        let chosen = [("SMS_THROTTLE", throttle), ("TWOFACTOR_TESTING", "1")];
        for (name, value) in chosen {
            settings.passed_on.insert(name.to_owned(), value.to_owned());
        }
        let binaries = checkout::binaries()?;
        for name in EXCHANGED {
            for copy in COPIES + 1..=ALL_COPIES {
                let part = Part::Worker { name, copy };
                workers::start(self.stack.directory(), &settings, &binaries, part)
                    .with_context(|| format!("cannot start {part} with another throttle"))?;
                self.running.push(part);
                self.ran.push(part);
            }
        }
        Ok(())
    }

    /// Returns the CRM's address of the broker.
    pub fn crm_url(&self) -> String {
        rabbitmq::url(self.stack.settings(), "crm")
    }

    /// Returns the observer's address of the broker.
    pub fn observer_url(&self) -> String {
        rabbitmq::url(self.stack.settings(), "observer")
    }

    /// Returns the auditor's address of the database.
    pub fn auditor_url(&self) -> String {
        database::url(self.stack.settings(), database::AUDITOR)
    }

    /// Returns the address of the inbox.
    pub fn sandbox_url(&self) -> String {
        sandbox::url(self.stack.settings())
    }

    /// Returns the address of Prometheus.
    pub fn prometheus_url(&self) -> String {
        prometheus::url(self.stack.settings())
    }

    /// Returns the addresses of all workers that run.
    pub fn metrics_urls(&self) -> Vec<String> {
        let url = |part: &Part| workers::metrics_url(self.stack.settings(), *part);
        self.running.iter().map(url).collect()
    }

    /// Returns the addresses of the workers that `shorten_throttle` stops.
    pub fn leaving_metrics_urls(&self) -> Vec<String> {
        let leaving = self.running.iter().filter(|part| is_exchanged(part));
        let url = |part: &Part| workers::metrics_url(self.stack.settings(), *part);
        leaving.map(url).collect()
    }

    /// Returns the log of every worker that runs or ran.
    pub fn logs(&self) -> Vec<PathBuf> {
        let log = |part: &Part| self.stack.directory().log_file(&part.to_string());
        self.ran.iter().map(log).collect()
    }

    /// Keeps the logs, and shows their path.
    pub fn keep_logs(&mut self) -> String {
        self.stack.keep_files();
        self.stack.directory().root().display().to_string()
    }
}

fn is_exchanged(part: &Part) -> bool {
    matches!(part, Part::Worker { name, .. } if EXCHANGED.contains(name))
}

/// Shows when each part takes connections, until all do or the start has failed.
fn tell_what_is_ready(screen: Screen, stack: &Stack, parts: &[Part], is_done: &AtomicBool) {
    let started = Instant::now();
    let mut waited_for: Vec<Part> = parts.to_vec();
    loop {
        let was_done = is_done.load(Ordering::Relaxed);
        waited_for.retain(|part| {
            let address = stack.address(*part);
            let is_there = TcpStream::connect(address.trim_start_matches("http://")).is_ok();
            if is_there {
                let name = part.to_string();
                let time = duration(started.elapsed());
                show(&format!(
                    "   {} {name:<14} {:<24} {time:>8}",
                    screen.paint(Style::Good, "✓"),
                    screen.paint(Style::Dim, &format!("{address:<24}")),
                ));
            }
            !is_there
        });
        if waited_for.is_empty() || was_done {
            return;
        }
        thread::sleep(POLL);
    }
}
