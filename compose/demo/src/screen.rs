//! The output of the story: lines of 100 columns, in colour on a terminal only.
//!
//! It knows columns, colours and how a step is laid out, and nothing of what happens in one.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// Columns at most.
pub const WIDTH: usize = 100;
/// A space at which no line ends.
pub const GLUE: char = '\u{a0}';
/// The indent of every line of a step except the first.
const INDENT: &str = "       ";

/// The style of a piece of a line on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The terminal's own style.
    Plain,
    /// Headlines.
    Bold,
    /// Details.
    Dim,
    /// An outcome as expected.
    Good,
    /// Another outcome.
    Bad,
    /// Words that a person reads.
    Quote,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[1;31m",
            Self::Quote => "\x1b[36m",
        }
    }
}

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    is_coloured: bool,
}

impl Screen {
    /// Makes a screen, in colour if standard output is a terminal and `NO_COLOR` is not set.
    pub fn of_process() -> Self {
        let is_unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            is_coloured: io::stdout().is_terminal() && !is_unwanted,
        }
    }

    /// Returns the string in that style.
    pub fn paint(self, style: Style, words: &str) -> String {
        if self.is_coloured && !words.is_empty() && style != Style::Plain {
            format!("{}{words}\x1b[0m", style.code())
        } else {
            words.to_owned()
        }
    }

    /// A headline with a rule across the screen, and what it is about.
    pub fn headline(self, title: &str, about: &str) {
        let rule = "─".repeat(WIDTH.saturating_sub(columns(title) + 4));
        show("");
        show(&self.paint(Style::Bold, &format!("── {title} {rule}")));
        for line in wrap(about, WIDTH - 3) {
            show(&self.paint(Style::Dim, &format!("   {line}")));
        }
    }
}

/// Prints one line.
pub fn show(words: &str) {
    // A reader that has gone away, such as `head`, is no reason to fail.
    let _ = writeln!(io::stdout(), "{}", words.trim_end().replace(GLUE, " "));
}

/// Returns the width in columns. Everything shown here is one column a character.
pub fn columns(words: &str) -> usize {
    words.chars().count()
}

/// Returns the text in lines of so many columns at most; a longer word is cut.
pub fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        if !line.is_empty() && columns(&line) + 1 + columns(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        while columns(&word) > width {
            let rest = word.split_off(word.char_indices().nth(width).map_or(0, |(at, _)| at));
            lines.push(std::mem::replace(&mut word, rest));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns a duration as a person reads it.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.9995 {
        format!("{:.0}{GLUE}ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1}{GLUE}s")
    }
}

/// Shows the first lines of a step: its place, its mark, its sentence, its promises.
pub fn head(screen: Screen, place: usize, is_good: bool, sentence: &str, promises: &[u8]) {
    let shown: Vec<String> = promises
        .iter()
        .map(|promise| format!("M{promise}"))
        .collect();
    let shown = shown.join(" ");
    let lines = wrap(sentence, WIDTH - INDENT.len() - columns(&shown) - 2);
    let mark = if is_good { "✓" } else { "✗" };
    let style = if is_good { Style::Good } else { Style::Bad };
    show("");
    for (at, line) in lines.iter().enumerate() {
        let start = if at == 0 {
            format!("{place:>4} {} ", screen.paint(style, mark))
        } else {
            INDENT.to_owned()
        };
        let end = if at == 0 { shown.as_str() } else { "" };
        let gap = WIDTH.saturating_sub(INDENT.len() + columns(line) + columns(end));
        let line = screen.paint(Style::Bold, line);
        let end = screen.paint(Style::Dim, end);
        show(&format!("{start}{line}{}{end}", " ".repeat(gap)));
    }
}

/// Shows what differed, if something did.
pub fn tail(screen: Screen, problems: &[String]) {
    for problem in problems {
        paragraph(screen, "✗ ", problem, Style::Bad);
    }
}

/// Lines under a step, the first with a sign before it.
pub fn paragraph(screen: Screen, sign: &str, words: &str, style: Style) {
    let width = WIDTH - INDENT.len() - columns(sign);
    let lines = words.lines().flat_map(|line| wrap(line, width));
    for (at, line) in lines.enumerate() {
        let sign = if at == 0 {
            sign.to_owned()
        } else {
            " ".repeat(columns(sign))
        };
        let line = screen.paint(style, &format!("{sign}{line}"));
        show(&format!("{INDENT}{line}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrap("a bc  def g", 4), ["a bc", "def", "g"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("“ä ö”", 2), ["“ä", "ö”"]);
        assert_eq!(wrap("a b\u{a0}c", 3), ["a", "b\u{a0}c"]);
        assert!(wrap("", 4).is_empty());
    }

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration(Duration::from_micros(4_400)), "4\u{a0}ms");
        assert_eq!(duration(Duration::from_millis(12_340)), "12.3\u{a0}s");
    }
}
