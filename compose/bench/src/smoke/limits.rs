//! What each count may be at most: a file in the repository, so that a count that grows is seen in
//! the commit that lets it grow.
//!
//! It knows names and numbers, and not how they are counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use twofactor_stack::checkout;

use crate::measuring::figure::{round, text};

const FILE: &str = "compose/bench/limits.json";

/// Counts by scenario and name.
pub type Counts = BTreeMap<String, BTreeMap<String, f64>>;

/// How much more than its limit a count may be, in parts of it: statements are exact, and pages of
/// an index are split where chance wants it.
fn leeway(name: &str) -> f64 {
    match name {
        _ if name.starts_with("wal") => 0.05,
        _ if name.contains("bytes") || name.contains("allocations") => 0.02,
        _ => 0.0,
    }
}

/// The limits that are committed; none of them where the file is missing.
pub fn committed() -> Result<Counts> {
    let path = path()?;
    if !path.exists() {
        return Ok(Counts::new());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?;
    serde_json::from_str(&text).with_context(|| format!("{FILE} is damaged"))
}

/// Makes what was counted the limits.
pub fn accept(counted: &Counts) -> Result<()> {
    let rounded: BTreeMap<_, BTreeMap<_, _>> = counted
        .iter()
        .map(|(scenario, counts)| {
            let counts = counts.iter().map(|(name, value)| (name, round(*value)));
            (scenario, counts.collect())
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&rounded)?;
    text.push('\n');
    fs::write(path()?, text).with_context(|| format!("cannot write {FILE}"))?;
    eprintln!("{FILE} is written: look at the difference before it is committed.");
    Ok(())
}

/// A sentence for each count that grew, and for each that no limit is known of.
pub fn exceeded(counted: &Counts, limits: &Counts) -> Vec<String> {
    each(counted, limits, |name, value, limit| {
        let limit = limit?;
        let over = limit * (1.0 + leeway(name));
        (value > over).then(|| format!("grew from {} to {}", text(limit), text(value)))
    })
}

/// A sentence for each count that shrank: its limit should follow.
pub fn undercut(counted: &Counts, limits: &Counts) -> Vec<String> {
    each(counted, limits, |name, value, limit| {
        let limit = limit?;
        let under = limit * (1.0 - leeway(name));
        (value < under).then(|| format!("shrank from {} to {}", text(limit), text(value)))
    })
}

/// A sentence for each count that has no limit, and for each limit that nothing is counted for.
pub fn unknown(counted: &Counts, limits: &Counts) -> Vec<String> {
    let mut lines = each(counted, limits, |_, _, limit| {
        limit.is_none().then(|| "has no limit".to_owned())
    });
    lines.extend(each(limits, counted, |_, _, counted| {
        let gone = || "has a limit, and is not counted".to_owned();
        counted.is_none().then(gone)
    }));
    lines
}

/// What to do about it.
pub fn advice() -> String {
    format!(
        "Where it must be so, `cargo xtask bench --smoke --accept` writes {FILE} anew, and the \
         commit says why."
    )
}

fn each(
    counts: &Counts,
    others: &Counts,
    say: impl Fn(&str, f64, Option<f64>) -> Option<String>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (scenario, names) in counts {
        for (name, value) in names {
            let other = others.get(scenario).and_then(|names| names.get(name));
            if let Some(said) = say(name, *value, other.copied()) {
                lines.push(format!("{scenario}: {name} {said}"));
            }
        }
    }
    lines
}

fn path() -> Result<PathBuf> {
    Ok(checkout::root()?.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, f64)]) -> Counts {
        let named = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        Counts::from([("a login".to_owned(), named.collect())])
    }

    #[test]
    fn statements_are_exact_and_bytes_have_some_leeway() {
        let limits = counts(&[("statements", 10.0), ("bytes", 1000.0)]);
        let same = counts(&[("statements", 10.0), ("bytes", 1019.0)]);
        assert!(exceeded(&same, &limits).is_empty());
        let more = counts(&[("statements", 11.0), ("bytes", 1021.0)]);
        assert_eq!(
            exceeded(&more, &limits),
            [
                "a login: bytes grew from 1000 to 1021",
                "a login: statements grew from 10 to 11"
            ]
        );
        let less = counts(&[("statements", 9.0), ("bytes", 990.0)]);
        let shrank = undercut(&less, &limits);
        assert_eq!(shrank, ["a login: statements shrank from 10 to 9"]);
    }

    #[test]
    fn a_count_without_a_limit_and_a_limit_without_a_count_are_seen() {
        let counted = counts(&[("statements", 10.0), ("rows", 1.0)]);
        let limits = counts(&[("statements", 10.0), ("bytes", 1.0)]);
        assert_eq!(
            unknown(&counted, &limits),
            [
                "a login: rows has no limit",
                "a login: bytes has a limit, and is not counted"
            ]
        );
    }
}
