//! What every command has at hand: how data is written, how the operator is asked, who that is,
//! and how far a long command has come.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;

/// The version of the JSON that is written.
const SCHEMA: u32 = 1;

/// How the command talks.
#[derive(Clone, Copy, Debug)]
pub struct Desk {
    /// Whether data is JSON.
    pub json: bool,
    /// Whether nothing is asked.
    pub yes: bool,
}

impl Desk {
    /// Writes one piece of data: the text for people, or the JSON object with its schema.
    pub fn put(self, text: &str, object: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return line(text);
        }
        let mut object = serde_json::to_value(object).unwrap_or(Value::Null);
        if let Some(members) = object.as_object_mut() {
            members.insert("schema".to_owned(), json!(SCHEMA));
        }
        line(&object.to_string())
    }

    /// Asks on the terminal whether to go on with something dangerous.
    pub fn confirm(self, what: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(Failure::Setting(format!(
                "{what} There is no terminal to ask on; say --yes."
            )));
        }
        eprint!("{what} Go on? [y/N] ");
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match (read, answer.trim()) {
            (Ok(_), "y" | "Y" | "yes") => Ok(()),
            _ => Err(Failure::Interrupted(
                "Nothing was changed, as asked.".to_owned(),
            )),
        }
    }
}

/// Writes a line of data to standard output.
pub fn line(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| unwritten(&error))
}

/// What a reader that went away, or a full disk, comes to.
pub fn unwritten(error: &io::Error) -> Failure {
    Failure::Refused(format!(
        "Standard output cannot be written ({}).",
        error.kind()
    ))
}

/// The name of the operating system's user who runs the command.
pub fn actor() -> String {
    let uid = nix::unistd::getuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

/// How far a long command has come, on standard error: one line rewritten on a terminal, a line
/// each 10 s elsewhere.
pub struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    begun: Instant,
    said: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    /// Begins, with so much to do.
    pub fn new(what: &'static str, total: u64) -> Self {
        Self {
            what,
            total,
            done: 0,
            begun: Instant::now(),
            said: None,
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// So much more is done; `at` is where it came to.
    pub fn advance(&mut self, more: u64, at: &str) {
        self.done += more;
        let pause = if self.is_terminal {
            Duration::from_millis(200)
        } else {
            Duration::from_secs(10)
        };
        let last = self.said.unwrap_or(self.begun);
        if last.elapsed() < pause {
            return;
        }
        self.said = Some(Instant::now());
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let rate = self.done.saturating_mul(1000) / millis.max(1);
        let left = self.total.saturating_sub(self.done);
        let (what, done, total) = (self.what, self.done, self.total);
        let text = format!("{what}: {done} of {total}, {rate}/s, {left} left, at {at}");
        if self.is_terminal {
            eprint!("\r\x1b[2K{text}");
        } else {
            eprintln!("{text}");
        }
    }

    /// Ends the line.
    pub fn end(self) {
        if self.is_terminal && self.said.is_some() {
            eprintln!();
        }
    }
}
