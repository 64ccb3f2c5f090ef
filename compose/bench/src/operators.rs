//! The commands that operators and auditors wait for: an import, and a verification of the trail.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use twofactor_stack::database::{AUDITOR, OWNER};
use twofactor_testkit::Institution;

use super::figure::{RUNS, Run, rate};
use super::ground::{Ground, per_second};
use super::people::People;

/// People in one file.
const PEOPLE: usize = 20_000;
/// Rows of the trail.
const ROWS: usize = 200_000;

/// People with an app and a number.
pub async fn import() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let crm = ground.crm().await?;
    let institution = Institution::strict(&crm).await?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let people = People::invent(&ground, &institution, PEOPLE)?;
        let begun = Instant::now();
        ground.ctl(&["import", "--yes", &people.file])?;
        runs.push(rate(per_second(PEOPLE, begun.elapsed())));
    }
    Ok(runs)
}

/// Returns a trail of logins, as an auditor verifies it with the database and without.
pub fn verify() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let rows = format!(
        "insert into audit.login_log (occurred_at, event_id, source, event_type, outcome_id, \
             outcome_type, tenant_id, user_id, session_id, ip, via, policy_required) \
         select now(), gen_random_uuid()::text, '/crm', 'login.attempted.v1', gen_random_uuid(), \
             'login.accepted.v1', 'uni', 'user' || n, 'session' || n, '192.0.2.7', 'totp', true \
         from generate_series(1, {ROWS}) as n;"
    );
    ground.sql(OWNER, &rows)?;
    ground.ctl(&["audit", "seal", "--yes"])?;
    let file = ground.file("trail.jsonl");
    fs::write(&file, ground.ctl(&["audit", "export"])?).context("cannot write the export")?;
    let export = file.display().to_string();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let first_wrong = ground.sql(AUDITOR, "select audit.verify(null, null)")?;
        let inside = per_second(ROWS, begun.elapsed());
        ensure!(
            first_wrong.is_empty(),
            "the trail does not hold: {first_wrong}"
        );
        let begun = Instant::now();
        ground.ctl(&["audit", "verify", &export])?;
        let over_an_export = per_second(ROWS, begun.elapsed());
        runs.push(Run::from([
            ("in_postgres", inside),
            ("over_an_export", over_an_export),
        ]));
    }
    Ok(runs)
}
