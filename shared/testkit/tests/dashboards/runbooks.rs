//! The runbooks as the tests see them: sections, and commands to paste.
//!
//! It knows Markdown's headings and code blocks alone.

use std::fs;

use crate::files::{folder, names};

/// The sections of every runbook, in this order.
pub const SECTIONS: [&str; 6] = [
    "Impact on people",
    "First 2 minutes",
    "Investigate",
    "Fix",
    "Never do",
    "Tell people",
];

/// A page.
pub struct Runbook {
    /// The alert's name.
    pub name: String,
    /// Its contents.
    pub content: String,
}

/// Returns every runbook.
pub fn runbooks() -> Vec<Runbook> {
    let folder = folder().join("runbooks");
    let all = names(&folder, ".md").into_iter().map(|name| {
        let path = folder.join(format!("{name}.md"));
        let content = fs::read_to_string(path).expect("a readable page");
        Runbook { name, content }
    });
    all.collect()
}

impl Runbook {
    /// Returns its sections: heading and contents.
    pub fn sections(&self) -> Vec<(&str, &str)> {
        let sections = self.content.split("\n## ").skip(1);
        sections
            .map(|section| section.split_once('\n').expect("a section has a text"))
            .collect()
    }

    /// Returns the code blocks of a language.
    pub fn blocks(&self, language: &str) -> Vec<&str> {
        let begin = format!("\n```{language}\n");
        let blocks = self.content.split(begin.as_str()).skip(1);
        blocks
            .map(|rest| rest.split_once("\n```").expect("a block has an end").0)
            .collect()
    }
}
