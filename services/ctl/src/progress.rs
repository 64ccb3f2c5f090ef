//! How far a long command has come, on standard error: a bar on a terminal, a line each 10 s
//! elsewhere, so that a log of hours stays short.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// Cells of the bar.
const BAR: u64 = 20;
/// Between two redrawings of the bar.
const REDRAW: Duration = Duration::from_millis(200);
/// Between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// How far a command has come.
pub struct Progress {
    what: &'static str,
    total: Option<u64>,
    done: u64,
    begun: Instant,
    said: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    /// Begins, with so much to do where that is known.
    pub fn new(what: &'static str, total: Option<u64>) -> Self {
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
        let pause = if self.is_terminal { REDRAW } else { LINE };
        if self.said.unwrap_or(self.begun).elapsed() < pause {
            return;
        }
        self.said = Some(Instant::now());
        let text = self.text(self.begun.elapsed(), at);
        if self.is_terminal {
            // Without wrapping, so that a long id never makes a second line of it.
            eprint!("\r\x1b[2K\x1b[?7l{text}\x1b[?7h");
        } else {
            eprintln!("{text}");
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if self.is_terminal && self.said.is_some() {
            eprint!("\r\x1b[2K");
        }
    }

    fn text(&self, passed: Duration, at: &str) -> String {
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let rate = self.done.saturating_mul(1000) / millis.max(1);
        let (what, done) = (self.what, self.done);
        let Some(total) = self.total else {
            return format!("{what}: {done}, {rate}/s, at {at}");
        };
        // Others may add to what there is to do meanwhile.
        let total = total.max(done);
        let left = total - done;
        let text = format!("{what}: {done} of {total}, {rate}/s, {left} left, at {at}");
        if !self.is_terminal {
            return text;
        }
        let full = done.saturating_mul(BAR) / total.max(1);
        let cell = |at| if at < full { '#' } else { '.' };
        let bar: String = (0..BAR).map(cell).collect();
        format!("[{bar}] {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(total: Option<u64>, done: u64, is_terminal: bool) -> String {
        let progress = Progress {
            done,
            is_terminal,
            ..Progress::new("sealed anew", total)
        };
        progress.text(Duration::from_millis(1500), "anna of north")
    }

    #[test]
    fn it_tells_pace_rest_and_place_with_a_bar_on_a_terminal() {
        let line = "sealed anew: 600 of 2000, 400/s, 1400 left, at anna of north";
        assert_eq!(progress(Some(2000), 600, false), line);
        let bar = format!("[######..............] {line}");
        assert_eq!(progress(Some(2000), 600, true), bar);
        let more = progress(Some(100), 150, true);
        assert!(
            more.starts_with("[####################] sealed anew: 150 of 150"),
            "{more}"
        );
        let unknown = progress(None, 600, true);
        assert_eq!(unknown, "sealed anew: 600, 400/s, at anna of north");
    }
}
