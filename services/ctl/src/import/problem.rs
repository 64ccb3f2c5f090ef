//! A problem with a line of the file, in a sentence for operators. It shows no secret and no
//! number.

use twofactor_rules::import::{Import, Obstacle};

/// A problem with a line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// A sentence: the problem, and what to do about it.
    pub sentence: String,
}

impl Problem {
    /// Returns the problem with that line.
    pub fn new(line: usize, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { line, sentence }
    }

    /// Returns why the person of a line is not imported.
    pub fn of(line: usize, import: &Import, obstacle: &Obstacle) -> Self {
        let tenant = &import.user.tenant;
        let user = &import.user.user;
        let sentence = match obstacle {
            Obstacle::NoPolicy => {
                format!("{tenant} has no policy yet; send its enrollment.policy.set.v1 first.")
            }
            Obstacle::AlreadySetUp(method) => {
                let method = method.as_str();
                format!("{user} has {method} set up already; leave it out.")
            }
            Obstacle::ResetSince(since) => {
                format!("{user} was reset at {since}, after this was set up; leave the line out.")
            }
            Obstacle::NumberTaken(owner) => format!(
                "has a mobile number that serves {owner}; a number serves one person of {tenant}."
            ),
            Obstacle::SetUpAhead => "has a set_up_at in the future.".to_owned(),
        };
        Self::new(line, sentence)
    }
}
