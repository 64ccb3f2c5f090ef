//! The scenarios that every suite has, and what a suite's output says of each.
//!
//! It knows how unittest, node:test, Rust's test runner and plain runners write a line. It runs
//! nothing.

use std::collections::BTreeMap;

/// What every client is tried with, by the names that all suites use.
pub const SCENARIOS: [&str; 10] = [
    "first_login_with_set_up",
    "totp",
    "wrong_code",
    "text",
    "throttled",
    "remembered",
    "reset_in_between",
    "reply_lost",
    "broker_restarted_while_waiting",
    "unknown_member_in_an_outcome",
];

/// What became of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was passed over.
    Skipped,
    /// It was run, and nothing says that it failed.
    Run,
    /// It failed.
    Failed,
}

/// What a suite has said of its scenarios so far.
#[derive(Debug, Default)]
pub struct Said(BTreeMap<&'static str, Fate>);

impl Said {
    /// Takes a line of the output into account.
    pub fn read(&mut self, line: &str) {
        let Some((name, fate)) = fate(line) else {
            return;
        };
        let known = self.0.entry(name).or_insert(fate);
        *known = fate.max(*known);
    }

    /// Those that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| self.0.get(name) == Some(&Fate::Failed))
            .collect()
    }

    /// Those that were not run.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| matches!(self.0.get(name), None | Some(Fate::Skipped)))
            .collect()
    }
}

/// The scenario that a line is about, and what it says of it.
fn fate(line: &str) -> Option<(&'static str, Fate)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let marks = words.iter().take_while(|word| is_mark(word)).count();
    let (before, rest) = words.split_at(marks);
    let (word, after) = rest.split_first()?;
    // `tests::totp` and `test_totp` are the scenario `totp`.
    let word = word.rsplit("::").next()?;
    let word = word.strip_prefix("test_").unwrap_or(word);
    let name = SCENARIOS.into_iter().find(|name| *name == word)?;
    let mut verdict = after.iter().skip_while(|word| **word != "...").skip(1);
    let verdict = verdict.next().map(|word| word.trim_end_matches(','));
    let says = |words: &[&str]| {
        let all = before.iter().map(|word| word.trim_end_matches(':'));
        all.chain(verdict).any(|word| words.contains(&word))
    };
    let fate = if says(&["not", "FAIL", "FAILED", "ERROR", "✖", "✗"]) {
        Fate::Failed
    } else if says(&["SKIP", "skipped", "ignored", "﹣"]) || after.contains(&"SKIP") {
        Fate::Skipped
    } else {
        Fate::Run
    };
    Some((name, fate))
}

/// Whether a word stands before the name of a test.
fn is_mark(word: &str) -> bool {
    let plain = word.trim_matches([':', '-']);
    let marks = [
        "", "ok", "not", "test", "PASS", "FAIL", "ERROR", "SKIP", "✔", "✖", "✓", "✗", "﹣",
    ];
    marks.contains(&plain) || plain.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_ran_is_seen_in_every_runners_output() {
        for line in [
            "test_totp (test_scenarios.Scenarios.test_totp) ... ok",
            "test_totp (test_scenarios.Scenarios.test_totp)",
            "✔ totp (12.3ms)",
            "    ok 2 - totp",
            "ok 2 - totp # time=12.3ms",
            "test totp ... ok",
            "test scenarios::totp ... ok",
            "ok totp",
            "✓ totp",
        ] {
            assert_eq!(fate(line), Some(("totp", Fate::Run)), "{line}");
        }
    }

    #[test]
    fn so_is_one_that_failed() {
        for line in [
            "test_totp (test_scenarios.Scenarios.test_totp) ... FAIL",
            "ERROR: test_totp (test_scenarios.Scenarios.test_totp)",
            "FAIL: test_totp (test_scenarios.Scenarios.test_totp)",
            "✖ totp (12.3ms)",
            "not ok 2 - totp",
            "test totp ... FAILED",
            "not ok totp",
            "✗ totp",
        ] {
            assert_eq!(fate(line), Some(("totp", Fate::Failed)), "{line}");
        }
    }

    #[test]
    fn so_is_one_that_was_passed_over() {
        for line in [
            "test_totp (test_scenarios.Scenarios.test_totp) ... skipped 'no broker'",
            "ok 2 - totp # SKIP no broker",
            "﹣ totp (0.1ms) # SKIP",
            "test totp ... ignored, needs a stack",
            "test totp ... ignored",
        ] {
            assert_eq!(fate(line), Some(("totp", Fate::Skipped)), "{line}");
        }
    }

    #[test]
    fn other_lines_are_about_none() {
        for line in [
            "",
            "ok",
            "the text is not there",
            "test a_text_is_read ... ok",
            "AssertionError: totp",
        ] {
            assert_eq!(fate(line), None, "{line}");
        }
    }

    #[test]
    fn a_failure_outweighs_what_was_said_before() {
        let mut said = Said::default();
        for line in [
            "ok 1 - totp",
            "not ok 1 - totp",
            "ok 2 - text",
            "ok 3 - text # SKIP",
        ] {
            said.read(line);
        }
        assert_eq!(said.failed(), ["totp"]);
        assert_eq!(said.missing().len(), SCENARIOS.len() - 2);
    }
}
