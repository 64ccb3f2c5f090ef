//! The output of a benchmark: one line of JSON, with the median of its runs and each of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Runs of each benchmark; the line has the median.
pub const RUNS: usize = 3;

/// The figures of one run, by name.
pub type Run = BTreeMap<&'static str, f64>;

/// Returns a run with a single figure.
pub fn rate(value: f64) -> Run {
    Run::from([("rate", value)])
}

/// The result of one benchmark.
pub struct Figure {
    bench: String,
    what: String,
    unit: &'static str,
    runs: Vec<Run>,
}

impl Figure {
    /// Returns the runs in their order, at least one.
    pub fn new(bench: &str, what: &str, unit: &'static str, runs: Vec<Run>) -> Self {
        let bench = bench.to_owned();
        let what = what.to_owned();
        Self {
            bench,
            what,
            unit,
            runs,
        }
    }

    /// Returns the line, without its end.
    pub fn line(&self) -> String {
        let median: BTreeMap<_, _> = self
            .runs
            .iter()
            .flat_map(BTreeMap::keys)
            .map(|name| (*name, rounded(self.median(name))))
            .collect();
        let each = |run: &Run| -> BTreeMap<_, _> {
            run.iter()
                .map(|(name, value)| (*name, rounded(*value)))
                .collect()
        };
        let runs: Vec<_> = self.runs.iter().map(each).collect();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        json!({
            "bench": self.bench, "what": self.what, "unit": self.unit,
            "median": median, "runs": runs, "cores": cores,
        })
        .to_string()
    }

    fn median(&self, name: &str) -> f64 {
        let mut values: Vec<f64> = self
            .runs
            .iter()
            .filter_map(|run| run.get(name).copied())
            .collect();
        percentile(&mut values, 50)
    }
}

/// Returns the value that so many percent do not exceed; nothing where there are none.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or_default()
}

/// Rounds to three digits after the point; from a hundred on, to an integer.
fn rounded(value: f64) -> Value {
    if value < 100.0 {
        json!((value * 1000.0).round() / 1000.0)
    } else {
        json!(value.round())
    }
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
    fn a_line_is_json_with_the_median_and_every_run() {
        let runs = vec![rate(1.23456), rate(700.4), rate(9.0)];
        let line = Figure::new("logins", "Logins.", "events/s", runs).line();
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line["bench"], "logins");
        assert_eq!(line["median"], json!({ "rate": 9.0 }));
        assert_eq!(line["runs"][0], json!({ "rate": 1.235 }));
        assert_eq!(line["runs"][1], json!({ "rate": 700.0 }));
    }
}
