//! The scenarios that every suite has, and what a suite's output says of each.
//!
//! It knows how unittest, node:test, Rust's test runner and plain runners write a line. It runs
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

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
pub enum Verdict {
    /// It was passed over.
    Skipped,
    /// It was run, and nothing says that it failed.
    Run,
    /// It failed.
    Failed,
}

/// What a suite has said of its scenarios so far, and which other tests of it failed.
#[derive(Debug, Default)]
pub struct Said {
    scenarios: BTreeMap<&'static str, Verdict>,
    others: BTreeSet<String>,
}

impl Said {
    /// Takes a line of the output into account.
    pub fn read(&mut self, line: &str) {
        let Some((test, verdict)) = verdict(line) else {
            return;
        };
        if let Some(name) = SCENARIOS.into_iter().find(|name| *name == test) {
            let known = self.scenarios.entry(name).or_insert(verdict);
            *known = verdict.max(*known);
        } else if verdict == Verdict::Failed {
            self.others.insert(test.to_owned());
        }
    }

    /// The scenarios that failed.
    pub fn failed(&self) -> Vec<&str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| self.scenarios.get(name) == Some(&Verdict::Failed))
            .collect()
    }

    /// What looks like another test that failed; where the suite as a whole passed, it is not.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }

    /// The scenarios that were not run.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| matches!(self.scenarios.get(name), None | Some(Verdict::Skipped)))
            .collect()
    }
}

/// The test that a line is about, and what it says of it.
fn verdict(line: &str) -> Option<(&str, Verdict)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let marks = words.iter().take_while(|word| is_mark(word)).count();
    let (before, rest) = words.split_at(marks);
    let (word, after) = rest.split_first()?;
    // `tests::totp` and `test_totp` are the scenario `totp`.
    let word = word.rsplit("::").next()?;
    let name = word.strip_prefix("test_").unwrap_or(word);
    // `totp is wrong` and `not totp` are what a test says, and no verdict on one.
    let is_not_ok = before.starts_with(&["not", "ok"]);
    if (before.is_empty() && name == word) || (before.contains(&"not") && !is_not_ok) {
        return None;
    }
    let mut ending = after.iter().skip_while(|word| **word != "...").skip(1);
    let ending = ending.next().map(|word| word.trim_end_matches(','));
    let says = |words: &[&str]| {
        let all = before.iter().map(|word| word.trim_end_matches(':'));
        all.chain(ending).any(|word| words.contains(&word))
    };
    let verdict = if is_not_ok || says(&["FAIL", "FAILED", "ERROR", "✖", "✗"]) {
        Verdict::Failed
    } else if says(&["SKIP", "skipped", "ignored", "﹣"]) || after.contains(&"SKIP") {
        Verdict::Skipped
    } else {
        Verdict::Run
    };
    Some((name, verdict))
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
            assert_eq!(verdict(line), Some(("totp", Verdict::Run)), "{line}");
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
            assert_eq!(verdict(line), Some(("totp", Verdict::Failed)), "{line}");
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
            assert_eq!(verdict(line), Some(("totp", Verdict::Skipped)), "{line}");
        }
    }

    #[test]
    fn other_lines_are_about_no_scenario() {
        let mut said = Said::default();
        for line in [
            "",
            "ok",
            "the text is not there",
            "test a_text_is_read ... ok",
            "AssertionError: totp",
            "not totp",
            "totp is wrong",
        ] {
            said.read(line);
        }
        assert_eq!(said.missing(), SCENARIOS);
        assert!(said.failed().is_empty());
        assert_eq!(said.others().next(), None);
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
