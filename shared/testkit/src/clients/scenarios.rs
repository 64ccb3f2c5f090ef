//! The scenarios of every suite, and their verdicts as read from a suite's output.
//!
//! It knows the output of unittest, node:test, Rust's test runner and TAP-like runners. It runs
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

/// Names of the scenarios, the same in every suite.
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

/// Verdict on one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Not run.
    Skipped,
    /// Run, and not reported as failed.
    Run,
    /// Reported as failed.
    Failed,
}

/// Verdicts on the scenarios of a suite so far, and names of its other tests that failed.
#[derive(Debug, Default)]
pub struct Report {
    scenarios: BTreeMap<&'static str, Verdict>,
    others: BTreeSet<String>,
}

impl Report {
    /// Reads one line of the suite's output.
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

    /// Returns the scenarios that failed.
    pub fn failed(&self) -> Vec<&str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| self.scenarios.get(name) == Some(&Verdict::Failed))
            .collect()
    }

    /// Returns what reads like other failed tests. Meaningless where the suite as a whole passed.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }

    /// Returns the scenarios that were not run.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = SCENARIOS.into_iter();
        all.filter(|name| matches!(self.scenarios.get(name), None | Some(Verdict::Skipped)))
            .collect()
    }
}

/// Reads the name of a test and the verdict on it from a line; `None` where there is neither.
fn verdict(line: &str) -> Option<(&str, Verdict)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let marks = words.iter().take_while(|word| is_mark(word)).count();
    let (before, rest) = words.split_at(marks);
    let (word, after) = rest.split_first()?;
    // `tests::totp` and `test_totp` are the scenario `totp`.
    let word = word.rsplit("::").next()?;
    let name = word.strip_prefix("test_").unwrap_or(word);
    // `totp is wrong` and `not totp` are output of a test, not verdicts.
    let is_not_ok = before.starts_with(&["not", "ok"]);
    if (before.is_empty() && name == word) || (before.contains(&"not") && !is_not_ok) {
        return None;
    }
    let mut ending = after.iter().skip_while(|word| **word != "...").skip(1);
    let ending = ending.next().map(|word| word.trim_end_matches(','));
    let has_mark = |words: &[&str]| {
        let all = before.iter().map(|word| word.trim_end_matches(':'));
        all.chain(ending).any(|word| words.contains(&word))
    };
    let verdict = if is_not_ok || has_mark(&["FAIL", "FAILED", "ERROR", "✖", "✗"]) {
        Verdict::Failed
    } else if has_mark(&["SKIP", "skipped", "ignored", "﹣"]) || after.contains(&"SKIP") {
        Verdict::Skipped
    } else {
        Verdict::Run
    };
    Some((name, verdict))
}

/// Returns `true` for words that precede the name of a test.
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
        let mut report = Report::default();
        for line in [
            "",
            "ok",
            "the text is not there",
            "test a_text_is_read ... ok",
            "AssertionError: totp",
            "not totp",
            "totp is wrong",
        ] {
            report.read(line);
        }
        assert_eq!(report.missing(), SCENARIOS);
        assert!(report.failed().is_empty());
        assert_eq!(report.others().next(), None);
    }

    #[test]
    fn a_failure_outweighs_what_was_said_before() {
        let mut report = Report::default();
        for line in [
            "ok 1 - totp",
            "not ok 1 - totp",
            "ok 2 - text",
            "ok 3 - text # SKIP",
        ] {
            report.read(line);
        }
        assert_eq!(report.failed(), ["totp"]);
        assert_eq!(report.missing().len(), SCENARIOS.len() - 2);
    }
}
