//! How much of everything: the counts of a whole benchmark, or a part of them to try it.

/// How large the benchmarks are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How often each is measured; the figures are medians.
    pub runs: usize,
    /// All counts are divided by this.
    pub part: usize,
    /// How long `steady` runs, in minutes.
    pub minutes: u32,
    /// The one pace of `latency`, in events a second; none for all of them.
    pub pace: Option<u32>,
}

impl Size {
    /// That many of a whole benchmark, at least one.
    pub fn of(self, whole: usize) -> usize {
        (whole / self.part).max(1)
    }
}
