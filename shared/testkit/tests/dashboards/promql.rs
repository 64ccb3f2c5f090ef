//! The parts of `PromQL` that can be read without a parser: names, selectors, ranges.
//!
//! Prometheus decides whether an expression is right; the live test asks it.

use std::collections::BTreeSet;

/// Returns the expression without the parts in braces and quotes.
pub fn without_selectors(expr: &str) -> String {
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut bare = String::new();
    for c in expr.chars() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            _ if depth == 0 && !quoted => bare.push(c),
            _ => {}
        }
    }
    bare
}

/// Returns the metrics that an expression names: ours, the broker's, `up`, and recorded figures.
pub fn metrics(expr: &str) -> BTreeSet<String> {
    let bare = without_selectors(expr);
    let words = bare.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
    let of_ours = ["twofactor_", "twofactor:", "rabbitmq_"];
    words
        .filter(|word| *word == "up" || of_ours.iter().any(|start| word.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

/// Returns the selectors of a metric in an expression, each without its braces; empty where it has
/// none.
pub fn selectors<'a>(expr: &'a str, metric: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (at, _) in expr.match_indices(metric) {
        let before = &expr[..at];
        let after = &expr[at + metric.len()..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
        if before.ends_with(is_part) || after.starts_with(is_part) {
            continue;
        }
        let selector = after
            .strip_prefix('{')
            .map_or("", |rest| rest.split_once('}').expect("a closing brace").0);
        found.push(selector);
    }
    found
}

/// Returns the ranges of an expression, such as `5m` or `$__rate_interval`.
pub fn ranges(expr: &str) -> Vec<&str> {
    let mut outside = expr.split('"').step_by(2);
    let mut found = Vec::new();
    for part in &mut outside {
        for (at, _) in part.match_indices('[') {
            let rest = &part[at + 1..];
            found.push(rest.split_once(']').expect("a closing bracket").0);
        }
    }
    found
}

/// Returns an expression of a dashboard as Prometheus takes it: Grafana's variables are put in.
pub fn as_grafana_would(expr: &str) -> String {
    [
        ("$__rate_interval", "1m"),
        ("$__range", "15m"),
        ("$instance", ".*"),
        ("$price", "0.04"),
    ]
    .iter()
    .fold(expr.to_owned(), |expr, (variable, value)| {
        expr.replace(variable, value)
    })
}

#[test]
fn names_selectors_and_ranges_are_found() {
    let expr = "sum(rate(twofactor_a_total{x=~\"[a]|twofactor_b\"}[5m])) / on (up) twofactor:c:d";
    let names: Vec<String> = metrics(expr).into_iter().collect();
    assert_eq!(names, ["twofactor:c:d", "twofactor_a_total", "up"]);
    assert_eq!(
        selectors(expr, "twofactor_a_total"),
        ["x=~\"[a]|twofactor_b\""]
    );
    assert_eq!(ranges(expr), ["5m"]);
}
