//! What is asked of a figure: at least, or at most. A benchmark judges itself by it.

use serde_json::{Value, json};

use super::figure::{round, text};

/// A bound.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// It should not be less.
    AtLeast(f64),
    /// It should not be more.
    AtMost(f64),
}

/// A value, mostly of one thing against another in the same run, and its bound.
pub struct Goal {
    bench: &'static str,
    what: String,
    value: f64,
    bound: Bound,
}

impl Goal {
    /// What is asked of a value; nothing where it was not measured.
    pub fn of(
        bench: &'static str,
        what: impl Into<String>,
        value: Option<f64>,
        bound: Bound,
    ) -> Option<Self> {
        Some(Self {
            bench,
            what: what.into(),
            value: value?,
            bound,
        })
    }

    /// The same of programs that are not those of this checkout.
    #[must_use]
    pub fn of_build(mut self, build: &str) -> Self {
        self.what = format!("{} ({build})", self.what);
        self
    }

    /// Whether the value keeps the bound.
    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.value >= bound,
            Bound::AtMost(bound) => self.value <= bound,
        }
    }

    /// The line's own members.
    pub fn json(&self) -> Value {
        let (name, bound) = match self.bound {
            Bound::AtLeast(bound) => ("at_least", bound),
            Bound::AtMost(bound) => ("at_most", bound),
        };
        json!({
            "bench": self.bench, "goal": self.what, "value": round(self.value),
            name: bound, "is_met": self.is_met(),
        })
    }

    /// As a row of the table.
    pub fn row(&self) -> String {
        let mark = if self.is_met() { "met   " } else { "MISSED" };
        let bound = match self.bound {
            Bound::AtLeast(bound) => format!("at least {bound}"),
            Bound::AtMost(bound) => format!("at most {bound}"),
        };
        let Self { bench, what, .. } = self;
        format!("  {mark}  {bench}: {what}: {} ({bound})", text(self.value))
    }
}

/// One number in parts of another.
pub fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    let to = to.filter(|to| *to > 0.0)?;
    Some(of? / to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_bound() {
        let goal = |value, bound| Goal::of("drain", "share", Some(value), bound).expect("a value");
        assert!(goal(0.8, Bound::AtLeast(0.8)).is_met());
        assert!(!goal(0.79, Bound::AtLeast(0.8)).is_met());
        assert!(goal(1.4, Bound::AtMost(1.4)).is_met());
        assert!(!goal(1.41, Bound::AtMost(1.4)).is_met());
        assert!(goal(1.41, Bound::AtMost(1.4)).row().contains("MISSED"));
        assert!(Goal::of("drain", "share", ratio(Some(1.0), None), Bound::AtMost(1.0)).is_none());
        assert!(ratio(Some(1.0), Some(0.0)).is_none());
    }
}
