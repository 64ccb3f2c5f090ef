//! What a benchmark hands over: figures, and what was asked of them.

use super::figure::Figure;
use super::goal::Goal;

/// Figures and goals, in the order in which they are shown.
#[derive(Default)]
pub struct Report {
    /// What was measured.
    pub figures: Vec<Figure>,
    /// What was asked of it.
    pub goals: Vec<Goal>,
}

impl Report {
    /// Of these figures; a goal whose figures were not measured is none.
    pub fn new(figures: Vec<Figure>, goals: impl IntoIterator<Item = Option<Goal>>) -> Self {
        let goals = goals.into_iter().flatten().collect();
        Self { figures, goals }
    }

    /// The same of programs that are not those of this checkout.
    #[must_use]
    pub fn of_build(self, build: &str) -> Self {
        let figures = self.figures.into_iter();
        let goals = self.goals.into_iter();
        Self {
            figures: figures.map(|figure| figure.of_build(build)).collect(),
            goals: goals.map(|goal| goal.of_build(build)).collect(),
        }
    }

    /// Adds another one behind.
    pub fn extend(&mut self, other: Self) {
        self.figures.extend(other.figures);
        self.goals.extend(other.goals);
    }
}
