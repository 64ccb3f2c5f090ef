//! `twofactor-ctl lint`: says of captured messages which member is wrong, why, and what a right one
//! looks like.
//!
//! It works without broker, database, keyring or any setting. The faults are those that the
//! workers' own reader finds. No value of a message is shown, only members and places.

mod capture;
mod check;
mod fault;
mod reading;
mod repeats;
mod right;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::Lint;
use crate::clock;
use crate::failure::{Done, Failure};
use crate::output::Output;
use check::Verdict;
use fault::Fault;

/// The name of standard input.
const STDIN: &str = "-";

/// Counts over all files.
#[derive(Default)]
struct Count {
    messages: usize,
    wrong: usize,
    outcomes: usize,
}

/// Runs the command.
pub fn run(lint: &Lint, output: Output) -> Result<Done, Failure> {
    let stdin = [PathBuf::from(STDIN)];
    let files: &[PathBuf] = match lint.files.as_slice() {
        [] => &stdin,
        files => files,
    };
    let now = clock::now();
    let mut count = Count::default();
    for file in files {
        check_file(file, lint.now, now, &mut count, output)?;
    }
    let Count {
        messages,
        wrong,
        outcomes,
    } = count;
    eprintln!("Messages: {messages}; wrong: {wrong}; outcomes, not checked: {outcomes}.");
    Ok(Done::found(wrong > 0))
}

fn check_file(
    file: &Path,
    is_published_now: bool,
    now: Timestamp,
    count: &mut Count,
    output: Output,
) -> Result<(), Failure> {
    let name = file.display().to_string();
    let bytes = bytes(file).map_err(|error| {
        let kind = error.kind();
        Failure::Setting(format!("{name} cannot be read ({kind}); check the path."))
    })?;
    let messages = capture::messages(&bytes);
    let messages = messages.map_err(|error| Failure::Refused(format!("{name} {error}.")))?;
    if messages.is_empty() {
        return Err(Failure::Refused(format!(
            "{name} holds no message; capture one first."
        )));
    }
    for (at, message) in messages.iter().enumerate() {
        let mut verdict = check::check(message, now);
        if is_published_now {
            verdict.faults.append(&mut verdict.hints);
        }
        count.messages += 1;
        count.wrong += usize::from(!verdict.faults.is_empty());
        count.outcomes += usize::from(verdict.is_outcome);
        let words = words(&format!("{name}:{}", message.line), &verdict);
        let mut object = object(&verdict);
        object["file"] = name.as_str().into();
        object["message"] = (at + 1).into();
        object["line"] = message.line.into();
        output.put(&words, &object)?;
    }
    Ok(())
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    if file.as_os_str() != STDIN {
        return fs::read(file);
    }
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        eprintln!("Reading messages from standard input; end them with Ctrl-D.");
    }
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Words a verdict for people; `place` is the file and the line.
fn words(place: &str, verdict: &Verdict) -> String {
    let name = verdict.type_name.unwrap_or("the message");
    if verdict.is_outcome {
        return format!("{place}: {name} is an outcome of the workers, and is not checked");
    }
    let found = match verdict.faults.as_slice() {
        [] => "right",
        [..] => "wrong",
    };
    let mut lines = vec![format!("{place}: {name} is {found}")];
    for fault in &verdict.faults {
        lines.push(format!("    {}", sentence(fault)));
        let right = fault.right.iter().map(|right| format!("right: {right}"));
        let more = right.chain(fault.about.clone());
        lines.extend(more.map(|more| format!("        {more}")));
    }
    let hints = verdict.hints.iter();
    lines.extend(hints.map(|hint| format!("    if it is published now: {}", sentence(hint))));
    if !verdict.is_whole {
        let more = "what else there is cannot be told before this is put right";
        lines.push(format!("    {more}"));
    }
    lines.join("\n")
}

fn sentence(fault: &Fault) -> String {
    let Fault {
        reason, message, ..
    } = fault;
    match fault.field.as_deref() {
        Some("") | None => format!("{message} ({reason})"),
        Some(field) => format!("{field}: {message} ({reason})"),
    }
}

/// Returns a verdict for scripts.
fn object(verdict: &Verdict) -> Value {
    let each = |faults: &[Fault]| -> Value { faults.iter().map(fault).collect() };
    json!({
        "verdict": match verdict {
            Verdict { is_outcome: true, .. } => "outcome",
            Verdict { faults, .. } if faults.is_empty() => "right",
            _ => "wrong",
        },
        "type": verdict.type_name,
        "faults": each(&verdict.faults),
        "hints": each(&verdict.hints),
        "whole": verdict.is_whole,
    })
}

fn fault(fault: &Fault) -> Value {
    json!({
        "reason": fault.reason, "field": fault.field, "message": fault.message,
        "right": fault.right, "about": fault.about,
    })
}
