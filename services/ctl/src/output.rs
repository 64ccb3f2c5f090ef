//! The output of every command: how data is written, how the operator is asked, and who that is.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;

/// The version of the JSON that is written.
const SCHEMA: u32 = 1;

/// The form of a command's output, and whether the operator is asked.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// `true` if data is written as JSON.
    pub json: bool,
    /// `true` if nothing is asked.
    pub yes: bool,
}

impl Output {
    /// Writes one piece of data: the words for people, or the JSON object with its schema.
    pub fn put(self, words: &str, object: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return line(words);
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
                "{what} There is no terminal to ask on; give --yes to go on."
            )));
        }
        eprint!("{what} Go on? [y/N] ");
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match (read, answer.trim()) {
            (Ok(_), "y" | "Y" | "yes") => Ok(()),
            _ => Err(Failure::Declined),
        }
    }
}

/// Returns a count with its noun: `1 letter`, `2 letters`.
pub fn counted(count: u64, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "person") => format!("{count} people"),
        _ => format!("{count} {noun}s"),
    }
}

/// Writes a line of data to standard output.
pub fn line(words: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{words}").map_err(|error| unwritten(&error))
}

/// Returns the failure for output that cannot be written: the reader is gone, or the disk is full.
pub fn unwritten(error: &io::Error) -> Failure {
    Failure::Refused(format!(
        "Standard output cannot be written ({}).",
        error.kind()
    ))
}

/// Returns the name of the operating system's user who runs the command.
pub fn actor() -> String {
    let uid = nix::unistd::getuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}
