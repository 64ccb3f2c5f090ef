//! A busy hour, or a shorter one: 200 logins a second, all workers and their housekeeping running,
//! and for a quarter of the time a snapshot that somebody holds open, so that nothing dead can be
//! removed. No minute may be much slower than the others, and what is rewritten must not grow before
//! the snapshot, nor after it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::NoTls;
use twofactor_stack::postgres::SUPERUSER;

use super::latency::logins_of;
use crate::measuring::figure::{Figure, Run, percentile};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::paced::{Pace, Timed};
use crate::measuring::report::Report;
use crate::measuring::stage::{ACCEPTED, Stage};
use crate::measuring::subject::Subject;

const NAME: &str = "steady";
const USERS: usize = 10_000;
const PER_SECOND: u32 = 200;
const MINUTE: Duration = Duration::from_mins(1);
/// The tables that every login changes, with their indexes.
const SIZES: &str = "select relname, n_dead_tup, pg_total_relation_size(relid) / 1024 \
    from pg_stat_user_tables where schemaname = 'twofactor' \
    and relname in ('users', 'sessions', 'answers', 'texts')";

/// Measures minute by minute.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let people = stage.people(USERS).await?;
    let mut load = stage.load().await?;
    let running = Subject::Day.start(stage.ground, stage.broker).await?;
    let minutes = stage.size.minutes;
    let pace = Pace {
        per_second: PER_SECOND,
        time: MINUTE * minutes,
    };
    let begun = Instant::now();
    let url = stage.ground.variable("SUPERUSER_DATABASE_URL")?;
    let snapshot = hold_snapshot(url, begun, pace.time);
    let sizes = look_on(stage, begun, minutes);
    let logins = load.pace(pace, &[ACCEPTED], logins_of(people));
    let (timed, sizes) = tokio::try_join!(logins, sizes)?;
    snapshot.await.context("the snapshot was not held")??;
    running.stop().await?;
    let figures = figures(&timed, &sizes);
    let goals = goals(&figures);
    Ok(Report::new(figures, goals))
}

/// Holds a snapshot from three eighths of the time to five eighths.
fn hold_snapshot(url: String, begun: Instant, time: Duration) -> JoinHandle<Result<()>> {
    tokio::spawn(async move {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(connection);
        sleep_until(begun + time * 3 / 8).await;
        let open = "begin isolation level repeatable read; select count(*) from twofactor.users";
        client.batch_execute(open).await?;
        sleep_until(begun + time * 5 / 8).await;
        client.batch_execute("commit").await?;
        Ok(())
    })
}

/// Looks at the tables at the end of each minute.
async fn look_on(stage: &Stage<'_>, begun: Instant, minutes: u32) -> Result<Vec<String>> {
    let mut looks = Vec::new();
    for minute in 1..=minutes {
        sleep_until(begun + MINUTE * minute).await;
        looks.push(stage.ground.sql(SUPERUSER, SIZES)?);
        // Nobody reads them, and the broker should not be what grows.
        stage.broker.forget_broadcasts().await?;
    }
    Ok(looks)
}

fn figures(timed: &[Timed], sizes: &[String]) -> Vec<Figure> {
    let mut minutes: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for one in timed {
        let minute = minutes.entry(one.due.as_secs() / 60).or_default();
        minute.push(one.latency);
    }
    let each = minutes.into_values().zip(sizes).enumerate();
    each.map(|(at, (mut latencies, sizes))| {
        let mut run = Run::from([
            ("p50_ms", percentile(&mut latencies, 50)),
            ("p99_ms", percentile(&mut latencies, 99)),
        ]);
        for line in sizes.lines() {
            run.extend(table(line));
        }
        Figure::new(NAME, format!("minute {}", at + 1), vec![run])
    })
    .collect()
}

/// A line of what Postgres says of a table.
fn table(line: &str) -> Run {
    let cells: Vec<&str> = line.split('|').collect();
    let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<f64>().ok());
    let names = match cells.first() {
        Some(&"users") => ["users_dead", "users_kib"],
        Some(&"sessions") => ["sessions_dead", "sessions_kib"],
        Some(&"answers") => ["answers_dead", "answers_kib"],
        _ => return Run::new(),
    };
    let known = names.into_iter().zip([number(1), number(2)]);
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn goals(figures: &[Figure]) -> Vec<Option<Goal>> {
    let minutes = |name: &str| -> Vec<f64> {
        let each = figures.iter();
        each.filter_map(|figure| figure.median(name)).collect()
    };
    let mut slow = minutes("p99_ms");
    let slowest = Some(percentile(&mut slow, 100));
    let usual = Some(percentile(&mut slow, 50));
    let sizes = minutes("users_kib");
    let after = |eighths: usize| sizes.get((sizes.len() * eighths / 8).max(1) - 1).copied();
    vec![
        Goal::of(
            NAME,
            "p99 of the slowest minute in parts of the median one's",
            ratio(slowest, usual),
            Bound::AtMost(2.0),
        ),
        Goal::of(
            NAME,
            "size of the users when the snapshot begins in parts of that after a quarter",
            ratio(after(3), after(2)),
            Bound::AtMost(1.25),
        ),
        // While a snapshot is held, each login leaves a dead row that nothing may remove.
        Goal::of(
            NAME,
            "size of the users at the end in parts of that a little after the snapshot",
            ratio(after(8), after(6)),
            Bound::AtMost(1.25),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_told_apart_and_tables_are_read() {
        let one = |due, latency| Timed {
            due: Duration::from_secs(due),
            latency,
        };
        let each = || (0..16).map(|half| one(half * 30, 1.0));
        let met = |last: f64, kibibytes: [u32; 8]| -> Vec<bool> {
            let timed: Vec<_> = each().chain([one(479, last)]).collect();
            let sizes = kibibytes.map(|size| format!("users|3|{size}\nanswers|0|90"));
            let figures = figures(&timed, &sizes);
            assert_eq!(figures.len(), 8);
            assert_eq!(figures[0].median("answers_kib"), Some(90.0));
            assert_eq!(figures[7].median("p99_ms"), Some(last));
            let goals = goals(&figures);
            goals.iter().flatten().map(Goal::is_met).collect()
        };
        let with_a_snapshot = [8, 8, 9, 40, 80, 80, 80, 90];
        assert_eq!(met(2.0, with_a_snapshot), [true; 3]);
        let growing = [8, 8, 16, 24, 32, 40, 48, 56];
        assert_eq!(met(9.0, growing), [false; 3], "slower and larger");
    }
}
