//! The progress of a long command, on standard error: a bar on a terminal, a line each 10 s
//! elsewhere, so that a log of hours stays short.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar, with the line behind it.
const BAR: &str = "[{bar:20}] {msg}";
/// The line without a bar, where the total is not known.
const COUNT: &str = "{msg}";
/// The time between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// The progress of a command.
pub struct Progress {
    what: &'static str,
    bar: ProgressBar,
    begun: Instant,
    /// Time of the last line, where there is no bar.
    last_line: Option<Instant>,
}

impl Progress {
    /// Begins, with `total` to do where that is known.
    pub fn new(what: &'static str, total: Option<u64>) -> Self {
        let template = if total.is_some() { BAR } else { COUNT };
        let style = ProgressStyle::with_template(template).expect("the template is right");
        // Hidden by itself where there is no terminal, or one that can show no bar.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let begun = Instant::now();
        Self {
            what,
            last_line: bar.is_hidden().then_some(begun),
            bar: bar.with_style(style.progress_chars("#.")),
            begun,
        }
    }

    /// Counts `more` as done; `at` is the place that was reached.
    pub fn advance(&mut self, more: u64, at: &str) {
        self.bar.inc(more);
        // Others may add to the total meanwhile.
        if let Some(total) = self.bar.length() {
            self.bar.set_length(total.max(self.bar.position()));
        }
        match &mut self.last_line {
            None => self.bar.set_message(self.line(self.begun.elapsed(), at)),
            Some(last) if last.elapsed() >= LINE => {
                *last = Instant::now();
                eprintln!("{}", self.line(self.begun.elapsed(), at));
            }
            Some(_) => {}
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, passed: Duration, at: &str) -> String {
        let done = self.bar.position();
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let rate = done.saturating_mul(1000) / millis.max(1);
        let what = self.what;
        match self.bar.length() {
            None => format!("{what}: {done}, {rate}/s, at {at}"),
            Some(total) => {
                let left = total.saturating_sub(done);
                format!("{what}: {done} of {total}, {rate}/s, {left} left, at {at}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(total: Option<u64>, done: u64) -> String {
        let mut progress = Progress::new("sealed anew", total);
        progress.advance(done, "anna of north");
        progress.line(Duration::from_millis(1500), "anna of north")
    }

    #[test]
    fn it_shows_rate_rest_and_place() {
        let line = "sealed anew: 600 of 2000, 400/s, 1400 left, at anna of north";
        assert_eq!(progress(Some(2000), 600), line);
        let more = progress(Some(100), 150);
        assert!(more.starts_with("sealed anew: 150 of 150"), "{more}");
        let unknown = progress(None, 600);
        assert_eq!(unknown, "sealed anew: 600, 400/s, at anna of north");
    }
}
