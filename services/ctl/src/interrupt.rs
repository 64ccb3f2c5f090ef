//! Ctrl-C: ends the process at any point and says by which command to go on.
//!
//! Nothing is tidied up, on purpose. Postgres rolls back what was not committed and the broker puts
//! back what was not acknowledged, as they do after a crash; so there is one way to end early.

use std::env;
use std::io::{self, IsTerminal};
use std::process;

use crate::failure;

/// Watches for Ctrl-C while the command runs, also while it asks or computes.
pub fn watch() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            if io::stderr().is_terminal() {
                // The cursor is behind a line of progress, or behind the ^C of the terminal.
                eprintln!();
            }
            let again = command(env::args());
            eprintln!("twofactor-ctl: interrupted. This goes on from here:\n  {again}");
            process::exit(failure::INTERRUPTED.into());
        }
    });
}

/// Returns a command line that a shell can run again.
fn command(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.skip(1).collect();
    let all = ["twofactor-ctl"]
        .into_iter()
        .chain(words.iter().map(String::as_str));
    shlex::try_join(all).expect("an argument of a process has no zero byte")
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
        let line = command(words.into_iter().map(str::to_owned));
        assert_eq!(line, r#"twofactor-ctl import "Anna's list.jsonl" --yes ''"#);
        let again = shlex::split(&line).expect("words");
        assert_eq!(again[1..], words[1..]);
    }
}
