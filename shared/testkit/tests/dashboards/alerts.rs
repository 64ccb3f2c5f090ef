//! `alerts.yml` as the tests see it.
//!
//! It knows how Prometheus writes rules down, and of an alert's expression the first comparison.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use crate::files::folder;
use crate::promql;

/// A rule: an alert, or a figure that is recorded.
#[derive(Clone, Debug, Deserialize)]
pub struct Rule {
    /// The alert's name.
    pub alert: Option<String>,
    /// The recorded figure's name.
    pub record: Option<String>,
    /// The expression, in `PromQL`.
    pub expr: String,
    /// The time for which it must hold.
    #[serde(rename = "for")]
    pub hold: Option<String>,
    /// The labels that it adds.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The words for operators, by name.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

/// Returns every rule, in the order of the file.
pub fn rules() -> Vec<Rule> {
    let path = folder().join("alerts.yml");
    let content = fs::read_to_string(path).expect("alerts.yml is there");
    let file: File = serde_saphyr::from_str(&content).expect("alerts.yml is a file of rules");
    file.groups
        .into_iter()
        .flat_map(|group| group.rules)
        .collect()
}

/// Returns the alerts, by name.
pub fn alerts() -> BTreeMap<String, Rule> {
    let named = rules()
        .into_iter()
        .filter_map(|rule| Some((rule.alert.clone()?, rule)));
    named.collect()
}

impl Rule {
    /// Returns the first comparison with a threshold, if there is one: whether it fires above, and
    /// the threshold.
    pub fn threshold(&self) -> Option<(bool, f64)> {
        let bare = promql::without_selectors(&self.expr);
        let at = bare.find(['<', '>'])?;
        let threshold = bare[at + 1..].trim_start_matches('=').trim_start();
        let end = threshold.find(|c: char| !(c.is_ascii_digit() || "-.e".contains(c)));
        let threshold = &threshold[..end.unwrap_or(threshold.len())];
        let threshold = threshold.parse().expect("an alert has a threshold");
        Some((bare[at..].starts_with('>'), threshold))
    }
}
