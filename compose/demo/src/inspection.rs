//! A step of the story in which nobody sends an event: somebody looks at something.
//!
//! A phone, a trail, a log. It knows how what was seen is shown and marked.

use super::screen::{Style, head, paragraph, tail};
use super::story::Story;

/// An inspection, while its results are collected.
pub struct Inspection<'s> {
    story: &'s mut Story,
    sentence: String,
    promises: Vec<u8>,
    seen: Vec<(Style, String)>,
    problems: Vec<String>,
}

impl Story {
    /// Somebody looks at something.
    pub fn look(&mut self, sentence: &str, promises: &[u8]) -> Inspection<'_> {
        Inspection {
            story: self,
            sentence: sentence.to_owned(),
            promises: promises.to_vec(),
            seen: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Inspection<'_> {
    /// Shows what a person reads.
    pub fn reads(mut self, words: &str) -> Self {
        self.seen.push((Style::Quote, format!("“{words}”")));
        self
    }

    /// Shows a fact that was found.
    pub fn sees(mut self, words: &str) -> Self {
        self.seen.push((Style::Plain, words.to_owned()));
        self
    }

    /// Shows a fact that must hold; a problem if it does not.
    pub fn finds(mut self, what: &str, holds: bool) -> Self {
        if holds {
            self.sees(what)
        } else {
            self.problems.push(format!("it does not hold that {what}"));
            self
        }
    }

    /// Shows it.
    pub fn done(self) {
        let Self {
            story,
            sentence,
            promises,
            seen,
            problems,
        } = self;
        let place = story.next_step();
        let screen = story.screen;
        head(screen, place, problems.is_empty(), &sentence, &promises);
        for (style, words) in &seen {
            let sign = if *style == Style::Quote { "  " } else { "· " };
            paragraph(screen, sign, words, *style);
        }
        tail(screen, &problems);
        story.note(&promises, place, problems.is_empty());
    }
}
