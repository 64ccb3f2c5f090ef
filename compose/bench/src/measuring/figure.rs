//! What a benchmark measured of one thing: its numbers by name, run by run, and their medians.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The numbers of one run, by name; a name ends in its unit.
pub type Run = BTreeMap<&'static str, f64>;

/// What was measured of one thing.
pub struct Figure {
    bench: &'static str,
    what: String,
    runs: Vec<Run>,
}

impl Figure {
    /// The runs in their order.
    pub fn new(bench: &'static str, what: impl Into<String>, runs: Vec<Run>) -> Self {
        let what = what.into();
        Self { bench, what, runs }
    }

    /// The same of programs that are not those of this checkout.
    #[must_use]
    pub fn of_build(mut self, build: &str) -> Self {
        self.what = format!("{} ({build})", self.what);
        self
    }

    /// The benchmark.
    pub fn bench(&self) -> &'static str {
        self.bench
    }

    /// The thing.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The median of a number, where it was measured.
    pub fn median(&self, name: &str) -> Option<f64> {
        let runs = self.runs.iter();
        let mut values: Vec<f64> = runs.filter_map(|run| run.get(name).copied()).collect();
        (!values.is_empty()).then(|| percentile(&mut values, 50))
    }

    /// Medians by name.
    pub fn medians(&self) -> BTreeMap<&'static str, f64> {
        let names = self.runs.iter().flat_map(Run::keys).copied();
        names
            .filter_map(|name| Some((name, self.median(name)?)))
            .collect()
    }

    /// The line's own members.
    pub fn json(&self) -> Value {
        let rounded =
            |run: &Run| -> BTreeMap<_, _> { run.iter().map(|(n, v)| (*n, round(*v))).collect() };
        json!({
            "bench": self.bench, "what": self.what,
            "median": rounded(&self.medians()),
            "runs": self.runs.iter().map(rounded).collect::<Vec<_>>(),
        })
    }
}

/// The value that so many percent do not exceed; nothing where there are none.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or_default()
}

/// To three digits after the point; whole numbers from a hundred on.
pub fn round(value: f64) -> Value {
    serde_json::from_str(&text(value)).unwrap_or_default()
}

/// The same as people read it.
pub fn text(value: f64) -> String {
    if value.abs() >= 100.0 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let mut hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((percentile(&mut hundred, 50) - 50.0).abs() < f64::EPSILON);
        assert!((percentile(&mut hundred, 99) - 99.0).abs() < f64::EPSILON);
        assert!((percentile(&mut [3.0, 1.0, 2.0], 50) - 2.0).abs() < f64::EPSILON);
        assert!(percentile(&mut [], 50).abs() < f64::EPSILON);
    }

    #[test]
    fn a_line_has_the_median_and_every_run() {
        let runs = [1.23456, 700.4, 9.0].map(|value| Run::from([("per_s", value)]));
        let figure = Figure::new("drain", "worker", runs.to_vec());
        let line = figure.json();
        assert_eq!(line["bench"], "drain");
        assert_eq!(line["median"], json!({ "per_s": 9 }));
        assert_eq!(line["runs"][0], json!({ "per_s": 1.235 }));
        assert_eq!(line["runs"][1], json!({ "per_s": 700 }));
        assert_eq!(figure.median("p50_ms"), None);
    }
}
