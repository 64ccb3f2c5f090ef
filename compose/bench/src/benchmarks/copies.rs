//! Copies of the worker on one queue: the same users over all of them, and one user in every event,
//! for whom they must wait for each other.

use anyhow::Result;

use crate::measuring::figure::Figure;
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::report::Report;
use crate::measuring::stage::{ACCEPTED, CHALLENGED, Stage};
use crate::measuring::subject::Subject;

const NAME: &str = "copies";
const COPIES: [u16; 3] = [1, 2, 4];
/// Users who log in ten times each.
const USERS: usize = 3_000;
const LOGINS: usize = 30_000;
/// Logins of the one user, without a code: nobody has so many codes.
const HOT: usize = 10_000;

/// Measures each.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut spread = vec![Vec::new(); COPIES.len()];
    let mut hot = vec![Vec::new(); COPIES.len()];
    for _ in 0..stage.size.runs {
        for (at, copies) in COPIES.into_iter().enumerate() {
            let subject = Subject::Worker(copies);
            let mut people = stage.people(stage.size.of(USERS)).await?;
            let count = stage.size.of(LOGINS);
            let drained = stage.drain(subject, count, &[ACCEPTED], || people.login());
            spread[at].push(drained.await?);
            let mut one = stage.people(1).await?;
            let count = stage.size.of(HOT);
            let drained = stage.drain(subject, count, &[CHALLENGED], || Ok(one.ask()));
            hot[at].push(drained.await?);
        }
    }
    let named = |kind: &str, copies: u16| format!("{kind}, {copies}");
    let figures_of = |kind, runs: Vec<Vec<_>>| {
        let each = COPIES.into_iter().zip(runs);
        let each = each.map(|(copies, runs)| Figure::new(NAME, named(kind, copies), runs));
        each.collect::<Vec<_>>()
    };
    let mut figures = figures_of("many users", spread);
    figures.extend(figures_of("one user", hot));
    let rate = |what: &str| {
        let figure = figures.iter().find(|figure| figure.what() == what);
        figure.and_then(|figure| figure.median("per_s"))
    };
    let goal = |kind: &str| {
        let value = ratio(rate(&named(kind, 4)), rate(&named(kind, 1)));
        let what = format!("rate of 4 copies in parts of one's, {kind}");
        Goal::of(NAME, what, value, Bound::AtLeast(0.9))
    };
    let goals = [goal("many users"), goal("one user")];
    Ok(Report::new(figures, goals))
}
