//! A login among few users and among a million, with ten rows of the trail for each: what it costs
//! must not depend on how much is kept.
//!
//! The many are copies of one real user's rows, which Postgres makes itself. They never log in: a
//! secret is sealed for its own user and does not open for another.

use std::time::Duration;

use anyhow::{Context, Result};
use twofactor_stack::interrupt;
use twofactor_stack::postgres::SUPERUSER;

use super::latency::logins_of;
use crate::measuring::figure::{Figure, Run};
use crate::measuring::goal::{Bound, Goal, ratio};
use crate::measuring::paced::Pace;
use crate::measuring::people::People;
use crate::measuring::report::Report;
use crate::measuring::stage::{ACCEPTED, Stage};
use crate::measuring::subject::Subject;

const NAME: &str = "scale";
/// Those who log in.
const REAL: usize = 1_000;
/// Users in all, in steps.
const STEPS: [usize; 3] = [1_000, 100_000, 1_000_000];
/// Rows of the trail for each.
const ROWS: usize = 10;
/// Users that one statement makes, so that Ctrl-C is heard.
const AT_ONCE: usize = 50_000;
const PER_SECOND: u32 = 200;
const SECONDS: usize = 10;
/// Logins that wait, in a drain.
const WAITING: usize = 10_000;

/// Measures each step on the same stack, the largest last.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let institution = stage.institution().await?;
    let mut figures = Vec::new();
    let mut there = REAL;
    for (at, whole) in STEPS.into_iter().enumerate() {
        let mut runs = Vec::new();
        for run in 0..stage.size.runs {
            let mut people = People::imported(stage.ground, &institution, REAL)?;
            there += REAL;
            if run == 0 && at > 0 {
                let wanted = stage.size.of(whole).saturating_sub(there);
                fill(stage, &people, there, wanted)?;
                there += wanted;
            }
            let count = stage.size.of(WAITING);
            let drained = stage.drain(Subject::Worker(1), count, &[ACCEPTED], || people.login());
            let mut numbers = drained.await?;
            numbers.extend(paced(stage, &institution).await?);
            let size = "select pg_database_size(current_database()) / 1024 / 1024";
            let size = stage.ground.sql(SUPERUSER, size)?.parse();
            numbers.insert("database_mib", size.context("the database has no size")?);
            runs.push(numbers);
        }
        figures.push(Figure::new(NAME, format!("{whole} users"), runs));
    }
    let goals = goals(&figures);
    Ok(Report::new(figures, goals))
}

async fn paced(stage: &Stage<'_>, institution: &twofactor_testkit::Institution) -> Result<Run> {
    let people = People::imported(stage.ground, institution, REAL)?;
    let mut load = stage.load().await?;
    let running = Subject::Worker(1).start(stage.ground, stage.broker).await?;
    let pace = Pace {
        per_second: PER_SECOND,
        time: Duration::from_secs(u64::try_from(stage.size.of(SECONDS))?),
    };
    let run = stage.pace(&running, &mut load, pace, logins_of(people));
    let run = run.await?;
    running.stop().await?;
    // The drain has said what an event costs.
    let named = |name: &str| run.get(name).copied().unwrap_or_default();
    Ok(Run::from([
        ("p50_ms", named("p50_ms")),
        ("p99_ms", named("p99_ms")),
        ("alone_cpu_postgres_us", named("cpu_postgres_us")),
    ]))
}

/// Makes so many users more, with a session and rows of the trail each; their numbers begin behind
/// those that are there.
fn fill(stage: &Stage<'_>, people: &People, there: usize, wanted: usize) -> Result<()> {
    let Some(model) = people.all.first().map(|holder| &holder.person) else {
        return Ok(());
    };
    let mut from = there;
    while from < there + wanted {
        interrupt::check()?;
        let to = (from + AT_ONCE).min(there + wanted);
        let sql = filling(&model.tenant, &model.user, from, to);
        stage.ground.sql(SUPERUSER, &sql)?;
        // Else the first worker seals all of it, and that would be measured too.
        stage
            .ground
            .sql(SUPERUSER, "select count(*) from audit.seal()")?;
        eprint!("\r  {to} users");
        from = to;
    }
    eprintln!();
    stage.ground.sql(SUPERUSER, "vacuum analyze; checkpoint;")?;
    Ok(())
}

fn filling(tenant: &str, user: &str, from: usize, to: usize) -> String {
    format!(
        "set synchronous_commit = off;
        create temporary table model as
            select * from twofactor.users where tenant_id = '{tenant}' and user_id = '{user}';
        create temporary table made as
            select 'filler-' || lpad(n::text, 12, '0') as user_id, n
            from generate_series({from}, {to} - 1) as n;
        insert into twofactor.users
            select (jsonb_populate_record(model, jsonb_build_object(
                'user_id', made.user_id,
                'number_lookup', sha256(made.user_id::bytea)))).*
            from model, made;
        insert into twofactor.sessions (tenant_id, user_id, session_id, accepted_at, written_at)
            select '{tenant}', user_id, 'session-' || md5(user_id), now(), now() from made;
        insert into audit.login_log (seq, occurred_at, event_id, source, event_type, outcome_id,
                outcome_type, tenant_id, user_id, actor_id, session_id, method, ip, via,
                policy_required)
            select nextval('audit.seq'), now(), made.user_id || '-' || row, '/crm',
                'login.attempted.v1', gen_random_uuid(), 'login.accepted.v1', '{tenant}', user_id,
                user_id, 'session-' || md5(user_id), 'totp', '203.0.113.7', 'totp', true
            from made, generate_series(1, {ROWS}) as row;"
    )
}

fn goals(figures: &[Figure]) -> Vec<Option<Goal>> {
    let (Some(few), Some(many)) = (figures.first(), figures.last()) else {
        return Vec::new();
    };
    let ask = |name: &str, of: Option<f64>, to: Option<f64>| {
        let what = format!("{name} among the most users in parts of that among the fewest");
        Goal::of(NAME, what, ratio(of, to), Bound::AtMost(1.25))
    };
    let same = |name: &str| ask(name, many.median(name), few.median(name));
    // A rate that sinks is a time that grows.
    let slower = ask(
        "time of one in a full batch",
        few.median("per_s"),
        many.median("per_s"),
    );
    vec![
        same("p50_ms"),
        slower,
        same("cpu_postgres_us"),
        same("alone_cpu_postgres_us"),
    ]
}
