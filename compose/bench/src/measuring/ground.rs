//! The stack that everything is measured on: one RabbitMQ, one Postgres with fsync on, one sandbox,
//! and the workers that a benchmark asks for.
//!
//! It knows how programs are started and stopped. What is measured is the benchmark's.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use tokio::task::block_in_place;
use twofactor_stack::part::{Part, WORKERS};
use twofactor_stack::stack::Stack;
use twofactor_stack::{
    checkout, database, environment, postgres, process, programs, rabbitmq, readiness, workers,
};

/// Copies of a worker that a benchmark may start.
pub const COPIES: u16 = 4;
/// Codes of the last ten minutes are taken, so that each user has many that were not used.
const EVENT_MAX_AGE: &str = "10m";
const PATIENCE: Duration = Duration::from_secs(35);

/// Stopped and deleted when it is dropped.
pub struct Ground {
    stack: Stack,
    binaries: PathBuf,
}

impl Ground {
    /// Brings up everything but Prometheus, whose work would be measured too, and the workers.
    pub fn lay(binaries: &Path) -> Result<Self> {
        let mut stack = Stack::throwaway(&checkout::target()?, "stack-bench", binaries)?;
        let mut parts = Part::all(1);
        parts.retain(|part| *part != Part::Prometheus && !part.is_worker());
        // With the product's own settings, whatever the caller's environment says.
        let settings = BTreeMap::from([("EVENT_MAX_AGE".to_owned(), EVENT_MAX_AGE.to_owned())]);
        stack.prepare(&parts, COPIES, settings)?;
        // A worker makes the stack migrate the database.
        parts.extend(Part::workers(1));
        stack.start_all(&parts)?;
        let binaries = binaries.to_owned();
        Ok(Self { stack, binaries })
    }

    /// Keeps the files where they are when it is dropped, since something went wrong; says where.
    pub fn keep_files(&mut self) -> &Path {
        self.stack.keep_files();
        self.stack.directory().root()
    }

    /// Makes these workers run, and no other.
    pub fn workers(&self, wanted: &[Part]) -> Result<()> {
        block_in_place(|| {
            let names = self.stack.directory().programs_with_pid()?;
            let running: Vec<Part> = names.iter().filter_map(|name| name.parse().ok()).collect();
            for part in &running {
                if part.is_worker() && !wanted.contains(part) {
                    self.stack.stop(*part)?;
                }
            }
            let missing = wanted.iter().filter(|part| !running.contains(part));
            self.stack.start_all(&missing.copied().collect::<Vec<_>>())
        })
    }

    /// Starts a part; returns when it is ready.
    pub fn start(&self, part: Part) -> Result<()> {
        block_in_place(|| self.stack.start(part))
    }

    /// Stops a part in good order.
    pub fn stop(&self, part: Part) -> Result<()> {
        block_in_place(|| self.stack.stop(part).map(drop))
    }

    /// Starts this very program under a name of its own, with a worker's access and these settings.
    pub fn start_own(&self, name: &str, role: &str, argument: &str) -> Result<()> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command
            .args(["--yardstick", argument])
            .env_clear()
            .envs(self.worker_settings(role));
        block_in_place(|| process::spawn(self.stack.directory(), name, command).map(drop))
    }

    /// Starts a worker under a name of its own with some settings changed; returns when it is
    /// ready.
    pub fn start_worker(&self, name: &str, role: &str, changed: &[(&str, String)]) -> Result<()> {
        let directory = self.stack.directory();
        // The last copy's port, which no benchmark uses meanwhile.
        let port = self.stack.settings().port(&format!("{role}-{COPIES}"));
        let mut command = programs::own(directory, &self.binaries, &format!("twofactor-{role}"))?;
        command
            .envs(self.worker_settings(role))
            .env("METRICS_ADDR", format!("127.0.0.1:{port}"))
            .envs(changed.iter().map(|(name, value)| (name, value)));
        block_in_place(|| {
            process::spawn(directory, name, command)?;
            readiness::wait(directory, name, || {
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            })
        })
    }

    /// Stops what was started under a name of its own.
    pub fn stop_own(&self, name: &str) -> Result<()> {
        let directory = self.stack.directory();
        block_in_place(|| process::stop(directory, name, Signal::SIGTERM, PATIENCE).map(drop))
    }

    /// The pid of a running program.
    pub fn pid(&self, name: &str) -> Result<i32> {
        let found = process::find(self.stack.directory(), name);
        Ok(found.with_context(|| format!("{name} does not run"))?.pid())
    }

    /// The end of a program's log, for an error.
    pub fn last_words(&self, name: &str) -> String {
        readiness::last_lines(self.stack.directory(), name)
    }

    /// Runs `twofactor-ctl` as the owner of the database; returns what it prints.
    pub fn ctl(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(self.binaries.join("twofactor-ctl"))
            .args(arguments)
            .envs(self.variables())
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
        let settings = self.stack.settings();
        block_in_place(|| postgres::run_sql(settings, role, database::NAME, sql))
    }

    /// A file of its own, gone with the stack.
    pub fn file(&self, name: &str) -> PathBuf {
        self.stack.directory().path(name)
    }

    /// A variable of the stack's `env` file.
    pub fn variable(&self, name: &str) -> Result<String> {
        let found = self
            .variables()
            .into_iter()
            .find(|(known, _)| known == name);
        found
            .map(|(_, value)| value)
            .with_context(|| format!("the stack has no {name}"))
    }

    /// What a worker is told.
    pub fn worker_settings(&self, role: &str) -> BTreeMap<String, String> {
        let settings = self.stack.settings();
        let mut told = workers::shared_settings(self.stack.directory(), settings);
        let own = [
            ("AMQP_URL", rabbitmq::url(settings, role)),
            (
                "DATABASE_URL",
                database::url(settings, &format!("twofactor_{role}")),
            ),
        ];
        told.extend(own.map(|(name, value)| (name.to_owned(), value)));
        told
    }

    fn variables(&self) -> Vec<(String, String)> {
        environment::variables(self.stack.directory(), self.stack.settings())
    }
}

/// A copy of a worker.
pub fn worker(role: &str, copy: u16) -> Part {
    let name = WORKERS.into_iter().find(|name| *name == role);
    let name = name.expect("only workers that exist are named");
    Part::Worker { name, copy }
}
