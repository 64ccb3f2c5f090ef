//! All parts together: which are needed, in which order they start, and that they are stopped
//! again.
//!
//! It knows the order and nothing of the single programs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};
use nix::sys::signal::Signal;

use crate::{
    apt, database, definitions, demo_crm, directory::Directory, environment, keyring, part::Part,
    postgres, process, programs::Needed, prometheus, rabbitmq, sandbox, settings::Settings,
    workers,
};

/// The end of a stack when its run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It stays as it is.
    Leave,
    /// Its parts are stopped; data and logs stay.
    Stop,
    /// Its parts are stopped and everything is deleted.
    Delete,
}

/// The parts of one directory.
#[derive(Debug)]
pub struct Stack {
    directory: Directory,
    settings: Settings,
    binaries: PathBuf,
    alerts: PathBuf,
    end: End,
}

impl Stack {
    /// Returns the stack of that directory, as it is; its workers are started from `binaries`.
    pub fn open(root: &Path, binaries: &Path) -> Result<Self> {
        let directory = Directory::open(root)?;
        let settings = Settings::load(&directory)?;
        let binaries = binaries.to_owned();
        let alerts = PathBuf::new();
        Ok(Self {
            directory,
            settings,
            binaries,
            alerts,
            end: End::Leave,
        })
    }

    /// Returns a stack for one run, stopped and deleted when it is dropped.
    ///
    /// It lives in `parent`, in a folder of its own that begins with `prefix`. What earlier runs
    /// that were killed left behind under that prefix is deleted first.
    pub fn throwaway(parent: &Path, prefix: &str, binaries: &Path) -> Result<Self> {
        let directory = Directory::throwaway(parent, prefix, kill_everything)?;
        let binaries = binaries.to_owned();
        let alerts = PathBuf::new();
        let settings = Settings::default();
        Ok(Self {
            directory,
            settings,
            binaries,
            alerts,
            end: End::Delete,
        })
    }

    /// Takes the alert rules for Prometheus from that file.
    #[must_use]
    pub fn with_alerts(mut self, alerts: &Path) -> Self {
        alerts.clone_into(&mut self.alerts);
        self
    }

    /// Prepares a start: programs installed, nothing left running, passwords, free ports.
    ///
    /// From here on everything is stopped when the stack is dropped, unless it is
    /// [kept](Self::keep).
    pub fn prepare(
        &mut self,
        parts: &[Part],
        copies: u16,
        passed_on: BTreeMap<String, String>,
    ) -> Result<()> {
        let needed: Vec<Needed> = parts.iter().filter_map(|part| needs(*part)).collect();
        apt::ensure(&self.directory, &needed)?;
        self.stop_everything()?;
        if self.end == End::Leave {
            self.end = End::Stop;
        }
        self.settings.copies = copies;
        self.settings.passed_on = passed_on;
        provide(&mut self.settings)?;
        self.settings.save(&self.directory)?;
        keyring::ensure(&self.directory)?;
        environment::write(&self.directory, &self.settings)
    }

    /// Starts these parts, side by side where they do not need each other; workers come later, on a
    /// database that is migrated, and the demo CRM last.
    pub fn start_all(&self, parts: &[Part]) -> Result<()> {
        let (demo, parts): (Vec<Part>, Vec<Part>) =
            parts.iter().partition(|part| **part == Part::DemoCrm);
        let (workers, others): (Vec<Part>, Vec<Part>) =
            parts.iter().partition(|part| part.is_worker());
        let migrates = !workers.is_empty();
        side_by_side(&others, |part| {
            self.start(part)?;
            if migrates && part == Part::Postgres {
                let directory = &self.directory;
                let settings = &self.settings;
                let shared = workers::shared_settings(directory, settings);
                database::prepare(directory, settings, shared, &self.binaries)?;
            }
            Ok(())
        })?;
        side_by_side(&workers, |worker| self.start(worker))?;
        side_by_side(&demo, |part| self.start(part))
    }

    /// Starts one part; returns when it is ready.
    pub fn start(&self, part: Part) -> Result<()> {
        let directory = &self.directory;
        let settings = &self.settings;
        match part {
            Part::RabbitMq => rabbitmq::start(directory, settings),
            Part::Postgres => postgres::start(directory, settings),
            Part::Prometheus => prometheus::start(directory, settings, &self.alerts),
            Part::SmsSandbox => {
                let shared = workers::shared_settings(directory, settings);
                sandbox::start(directory, settings, shared, &self.binaries)
            }
            Part::Worker { .. } => workers::start(directory, settings, &self.binaries, part),
            Part::DemoCrm => demo_crm::start(directory, settings, &self.binaries),
        }
    }

    /// Stops one part in good order; returns `true` if it ran.
    pub fn stop(&self, part: Part) -> Result<bool> {
        let directory = &self.directory;
        match part {
            Part::RabbitMq => rabbitmq::stop(directory),
            Part::Postgres => postgres::stop(directory),
            Part::Prometheus => prometheus::stop(directory),
            Part::SmsSandbox => sandbox::stop(directory),
            Part::Worker { .. } => workers::stop(directory, part),
            Part::DemoCrm => demo_crm::stop(directory),
        }
    }

    /// Stops these parts in good order, all at once.
    pub fn stop_all(&self, parts: &[Part]) -> Result<()> {
        side_by_side(parts, |part| self.stop(part).map(drop))
    }

    /// Returns `true` while the process of a part runs, ready or not.
    pub fn runs(&self, part: Part) -> bool {
        process::find(&self.directory, &part.to_string()).is_some()
    }

    /// Ends one part at once, as a crash would; returns `true` if it ran.
    pub fn kill(&self, part: Part) -> Result<bool> {
        match part {
            Part::RabbitMq => rabbitmq::kill(&self.directory),
            _ => kill_by_name(&self.directory, &part.to_string()),
        }
    }

    /// Stops all that runs in good order: the demo CRM, the workers, then what they need.
    pub fn stop_everything(&self) -> Result<()> {
        let mut running = Vec::new();
        for name in self.directory.programs_with_pid()? {
            if let Ok(part) = name.parse::<Part>() {
                running.push(part);
            }
        }
        let (demo, running): (Vec<Part>, Vec<Part>) =
            running.iter().partition(|part| **part == Part::DemoCrm);
        let (workers, others): (Vec<Part>, Vec<Part>) =
            running.iter().partition(|part| part.is_worker());
        self.stop_all(&demo)?;
        self.stop_all(&workers)?;
        self.stop_all(&others)?;
        kill_everything(&self.directory)
    }

    /// Stops nothing when the stack is dropped.
    pub fn keep(&mut self) {
        self.end = End::Leave;
    }

    /// Stops the parts when the stack is dropped, but deletes nothing, so that logs can be read.
    pub fn keep_files(&mut self) {
        self.end = End::Stop;
    }

    /// Stops all that runs and deletes everything.
    pub fn wipe(self) -> Result<()> {
        self.stop_everything()?;
        self.directory.wipe()
    }

    /// Returns its directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Returns its passwords, ports and settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Was it ever prepared, so that its parts can be started?
    pub fn is_prepared(&self) -> bool {
        self.settings.copies > 0
    }

    /// Returns the address of a part.
    pub fn address(&self, part: Part) -> String {
        match part {
            Part::RabbitMq => format!("127.0.0.1:{}", self.settings.port(rabbitmq::NAME)),
            Part::Postgres => format!("127.0.0.1:{}", self.settings.port(postgres::NAME)),
            Part::Prometheus => prometheus::url(&self.settings),
            Part::SmsSandbox => sandbox::url(&self.settings),
            Part::Worker { .. } => workers::metrics_url(&self.settings, part),
            Part::DemoCrm => demo_crm::url(&self.settings),
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.end == End::Leave {
            return;
        }
        let mut outcome = kill_everything(&self.directory);
        if outcome.is_ok() && self.end == End::Delete {
            outcome = self.directory.wipe();
        }
        if let Err(error) = outcome {
            eprintln!(
                "The stack in {} was not cleaned up: {error:#}",
                self.directory.root().display()
            );
        }
    }
}

/// Gives every user of a stack a password and every listener a port that is free now.
pub fn provide(settings: &mut Settings) -> Result<()> {
    let others = [
        definitions::COOKIE,
        postgres::SUPERUSER,
        sandbox::ACCOUNT,
        sandbox::TOKEN,
    ];
    let users: Vec<String> = definitions::users()
        .chain(others)
        .map(str::to_owned)
        .chain(database::roles())
        .collect();
    let listeners: Vec<String> = rabbitmq::LISTENERS
        .into_iter()
        .chain([
            postgres::NAME,
            prometheus::NAME,
            sandbox::NAME,
            demo_crm::NAME,
        ])
        .map(str::to_owned)
        .chain(Part::workers(settings.copies).map(|worker| worker.to_string()))
        .collect();
    settings.provide(&users, &listeners)
}

fn needs(part: Part) -> Option<Needed> {
    match part {
        Part::RabbitMq => Some(Needed::RabbitMq),
        Part::Postgres => Some(Needed::Postgres),
        Part::Prometheus => Some(Needed::Prometheus),
        Part::SmsSandbox | Part::Worker { .. } | Part::DemoCrm => None,
    }
}

/// Ends every program that has a pid file; RabbitMQ's port mapper last, or it would come back.
fn kill_everything(directory: &Directory) -> Result<()> {
    let names = directory.programs_with_pid()?;
    for name in names
        .iter()
        .filter(|name| *name != rabbitmq::EPMD && *name != rabbitmq::NAME)
    {
        if name == postgres::NAME {
            postgres::stop(directory)?;
        } else {
            kill_by_name(directory, name)?;
        }
    }
    rabbitmq::kill(directory).map(drop)
}

fn kill_by_name(directory: &Directory, name: &str) -> Result<bool> {
    process::stop(directory, name, Signal::SIGKILL, Duration::from_secs(10))
}

/// Does this for all parts at once; the first error counts, once all are done.
fn side_by_side(parts: &[Part], work: impl Fn(Part) -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let running: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(|| work(*part)))
            .collect();
        let outcomes: Vec<Result<()>> = running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(anyhow!("a part panicked")))
            })
            .collect();
        outcomes.into_iter().collect()
    })
}
