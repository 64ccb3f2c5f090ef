//! The progress of a build, where cargo's own bar cannot be shown: one line each ten seconds.
//!
//! It reads what cargo writes for a terminal, and knows nothing of what is built.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

/// The time between two lines.
const PAUSE: Duration = Duration::from_secs(10);
/// The beginnings of cargo's lines for each crate, which the progress replaces.
const TOO_MANY: [&str; 6] = [
    "Compiling ",
    "Checking ",
    "Downloaded ",
    "Downloading ",
    "Executable ",
    "Fresh ",
];

/// Passes on what cargo writes, except one line for each crate; shows its progress instead.
pub fn follow(said: impl Read, mut out: impl Write) -> io::Result<()> {
    let begun = Instant::now();
    let mut last = begun;
    let mut said = BufReader::new(said);
    let mut bytes = Vec::new();
    while said.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        // A bar ends with a return, and is written over by the next one or by a line.
        for part in line.split('\r') {
            let part = part.trim_start_matches("\x1b[K").trim_end();
            if let Some(progress) = Progress::read(part) {
                if last.elapsed() >= PAUSE {
                    last = Instant::now();
                    writeln!(out, "{}", progress.line(begun.elapsed()))?;
                }
            } else if !part.is_empty() && !is_one_of_many(part) {
                writeln!(out, "{part}")?;
            }
        }
        bytes.clear();
    }
    Ok(())
}

fn is_one_of_many(line: &str) -> bool {
    let line = line.trim_start();
    TOO_MANY.iter().any(|start| line.starts_with(start))
}

/// The contents of cargo's bar.
#[derive(Debug, PartialEq, Eq)]
struct Progress<'a> {
    done: u32,
    total: u32,
    now: &'a str,
}

impl<'a> Progress<'a> {
    /// Reads a bar such as `Building [====>   ] 12/515: lapin, tokio`.
    fn read(bar: &'a str) -> Option<Self> {
        let (_, rest) = bar
            .trim_start()
            .strip_prefix("Building [")?
            .split_once("] ")?;
        let (counts, now) = rest.split_once(':').unwrap_or((rest, ""));
        let (done, total) = counts.split_once('/')?;
        Some(Self {
            done: done.trim().parse().ok()?,
            total: total.trim().parse().ok()?,
            now: now.trim(),
        })
    }

    fn line(&self, passed: Duration) -> String {
        let Self { done, total, now } = self;
        let left = total.saturating_sub(*done);
        let seconds = passed.as_secs();
        format!("   compiled: {done} of {total} after {seconds} s, {left} left, now: {now}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_read() {
        let bar = "    Building [=======>           ] 123/515: lapin, tokio(build.rs)";
        let progress = Progress::read(bar).expect("a bar");
        assert_eq!(
            progress.line(Duration::from_millis(45_400)),
            "   compiled: 123 of 515 after 45 s, 392 left, now: lapin, tokio(build.rs)"
        );
        for other in [
            "    Finished `release` profile",
            "   Compiling x v1.0.0",
            "",
        ] {
            assert_eq!(Progress::read(other), None, "{other}");
        }
    }

    #[test]
    fn warnings_are_passed_on_and_single_crates_are_not() {
        let said = "   Compiling a v1.0.0\r\x1b[K   Compiling b v1.0.0\nwarning: unused\n\
                    \x1b[K    Building [=>  ] 1/3: a\r\x1b[K    Finished `release`\n";
        let mut out = Vec::new();
        follow(said.as_bytes(), &mut out).expect("written");
        let out = String::from_utf8(out).expect("UTF-8");
        assert_eq!(out, "warning: unused\n    Finished `release`\n");
    }
}
