//! The suite of each language as a child process.
//!
//! It knows the folder and the programs of a language. A suite that is cancelled is killed with all
//! processes that it has started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Error, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;
use twofactor_stack::checkout;
use twofactor_stack::programs::Needed;

use super::scenarios::Report;
use crate::environment;
use crate::npm;
use crate::process_tree::ProcessTree;

/// Longest time of one suite.
const PATIENCE: Duration = Duration::from_mins(3);

/// Programming language of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// With pika.
    Python,
    /// With php-amqplib.
    Php,
    /// With amqplib.
    Node,
    /// With lapin.
    Rust,
}

impl Language {
    /// All languages, in the order in which their suites run.
    pub const ALL: [Self; 4] = [Self::Python, Self::Php, Self::Node, Self::Rust];

    /// Returns the name as used on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Php => "php",
            Self::Node => "node",
            Self::Rust => "rust",
        }
    }

    /// Returns the folder of the client.
    pub fn folder(self) -> Result<PathBuf> {
        let folder = match self {
            Self::Python => "shared/contract/clients/python",
            Self::Php => "shared/contract/clients/php",
            Self::Node => "shared/contract/clients/node",
            Self::Rust => "shared/client",
        };
        Ok(checkout::root()?.join(folder))
    }

    /// Returns the third-party programs that its suite needs.
    pub const fn needs(self) -> &'static [Needed] {
        match self {
            Self::Python => &[Needed::Pika],
            Self::Php => &[Needed::Php, Needed::PhpAmqplib],
            Self::Node => &[Needed::Node, Needed::Npm],
            Self::Rust => &[],
        }
    }

    /// Returns the command that installs the packages of the lock file, unless they are installed.
    fn preparation(self, folder: &Path) -> Option<Command> {
        (self == Self::Node)
            .then(|| npm::installation(folder))
            .flatten()
    }

    fn suite(self, folder: &Path) -> Result<Command> {
        let mut command = match self {
            Self::Python => {
                // Debian's Python, because pika is a Debian package.
                let mut python = Command::new("/usr/bin/python3");
                python
                    .args(["-m", "unittest", "discover", "--verbose"])
                    .env("PYTHONPATH", folder.join("src"))
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .current_dir(folder.join("tests"));
                python
            }
            Self::Php => {
                let mut php = Command::new("php");
                php.arg("tests/run.php").current_dir(folder);
                php
            }
            Self::Node => {
                let mut npm = Command::new("npm");
                npm.arg("test").current_dir(folder);
                npm
            }
            Self::Rust => {
                let mut tests = Command::new(built_test("scenarios")?);
                // One at a time, because a fault affects all of them.
                tests
                    .args(["--include-ignored", "--test-threads", "1"])
                    .current_dir(folder);
                tests
            }
        };
        command.stdin(Stdio::null());
        Ok(command)
    }

    /// Runs the suite with these environment variables and prints its output. An error names the
    /// language and the scenarios that failed or were not run.
    pub async fn try_out(self, variables: &[(String, String)]) -> Result<()> {
        let name = self.name();
        let folder = self.folder()?;
        ensure!(folder.is_dir(), "{name}: there is no {}", folder.display());
        if let Some(preparation) = self.preparation(&folder) {
            let (status, _) = run(preparation).await.with_context(|| name)?;
            ensure!(
                status,
                "{name}: its packages could not be installed; see above"
            );
        }
        let mut suite = self.suite(&folder).with_context(|| name)?;
        suite.envs(variables.iter().map(|(name, value)| (name, value)));
        let (is_good, report) = run(suite).await.with_context(|| name)?;
        judge(is_good, &report).with_context(|| name)
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let named = Self::ALL.into_iter().find(|one| one.name() == name);
        let all = Self::ALL.map(Self::name).join(", ");
        named.with_context(|| format!("there is no client in {name}: name one of {all}"))
    }
}

fn judge(is_good: bool, report: &Report) -> Result<()> {
    let mut failed = report.failed();
    if !is_good {
        failed.extend(report.others());
    }
    let missing = report.missing();
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    ensure!(is_good, "the suite failed, and no test of it; see above");
    ensure!(missing.is_empty(), "not run: {}", missing.join(", "));
    Ok(())
}

/// Runs a command to its end. Returns `true` where it succeeded, and the report of its output.
async fn run(mut command: Command) -> Result<(bool, Report)> {
    let program = command.as_std().get_program().to_owned();
    let program = program.display();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    let mut child = child.with_context(|| format!("cannot run {program}"))?;
    let started = ProcessTree::of(child.id());
    let (sender, mut lines) = mpsc::unbounded_channel();
    tokio::spawn(pass_on(child.stdout.take(), sender.clone()));
    tokio::spawn(pass_on(child.stderr.take(), sender));
    let mut report = Report::default();
    let ends = timeout(PATIENCE, async {
        while let Some(line) = lines.recv().await {
            println!("{line}");
            report.read(&line);
        }
        child.wait().await
    });
    let Ok(status) = ends.await else {
        bail!("{program} has not ended after {PATIENCE:?}");
    };
    // From here on its pid may belong to another process.
    started.forget();
    Ok((status?.success(), report))
}

async fn pass_on(output: Option<impl AsyncRead + Unpin>, lines: mpsc::UnboundedSender<String>) {
    let Some(output) = output else { return };
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output
        .read_until(b'\n', &mut line)
        .await
        .is_ok_and(|read| read > 0)
    {
        let words = String::from_utf8_lossy(&line);
        // The receiver is gone only where the suite was cancelled.
        let _ = lines.send(words.trim_end().to_owned());
        line.clear();
    }
}

/// Returns the test program of that name that cargo built last.
fn built_test(name: &str) -> Result<PathBuf> {
    let folder = environment::binary_folder().join("deps");
    let prefix = format!("{name}-");
    let files = fs::read_dir(&folder);
    let files = files.with_context(|| format!("{} cannot be read", folder.display()))?;
    let programs = files.flatten().map(|file| file.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && path.extension().is_none()
    });
    programs.max_by_key(|path| changed(path)).with_context(|| {
        let build = format!("cargo test --release --workspace --test {name} --no-run");
        format!("{prefix}… is not in {}: run `{build}`", folder.display())
    })
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::SCENARIOS;

    async fn verdict(script: &str) -> String {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        let (is_good, report) = run(shell).await.expect("it runs");
        let judged = judge(is_good, &report);
        judged.map_or_else(|error| error.to_string(), |()| "passed".to_owned())
    }

    #[tokio::test]
    async fn a_suite_passes_where_every_scenario_passed() {
        let all: Vec<String> = SCENARIOS.map(|name| format!("echo ok {name};")).into();
        let passes = all.concat();
        assert_eq!(verdict(&passes).await, "passed");
        let fails = format!("{passes} echo not ok text >&2; exit 1");
        assert_eq!(verdict(&fails).await, "failed: text");
        let fails = format!("{passes} echo not ok 11 - the_page; exit 1");
        assert_eq!(verdict(&fails).await, "failed: the_page");
        let breaks = format!("{passes} exit 1");
        assert!(verdict(&breaks).await.contains("no test of it"));
        let forgets = all[..8].concat();
        let left = "not run: broker_restarted_while_waiting, unknown_member_in_an_outcome";
        assert_eq!(verdict(&forgets).await, left);
    }
}
