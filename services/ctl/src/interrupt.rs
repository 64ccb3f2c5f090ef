//! Ctrl-C: ends the process at any point and says by which command to go on.
//!
//! Nothing is tidied up, on purpose. Postgres rolls back what was not committed and the broker puts
//! back what was not acknowledged, as they do after a crash; so there is one way to end early.

use std::env;
use std::io::{self, IsTerminal};
use std::process;

use crate::failure;

/// Watches for Ctrl-C beside whatever the command does, be it asking or computing.
pub fn watch() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            if io::stderr().is_terminal() {
                // A line of progress, or the ^C of the terminal, stands there.
                eprintln!();
            }
            let again = command(env::args());
            eprintln!("twofactor-ctl: interrupted. This goes on from here:\n  {again}");
            process::exit(failure::INTERRUPTED.into());
        }
    });
}

/// A command line that a shell takes back.
fn command(words: impl Iterator<Item = String>) -> String {
    let mut all = vec!["twofactor-ctl".to_owned()];
    all.extend(words.skip(1).map(|word| quoted(&word)));
    all.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_command_back() {
        let words = [
            "/usr/bin/twofactor-ctl",
            "import",
            "Anna's list.jsonl",
            "--yes",
            "",
        ];
        assert_eq!(
            command(words.into_iter().map(str::to_owned)),
            r"twofactor-ctl import 'Anna'\''s list.jsonl' --yes ''"
        );
    }
}
