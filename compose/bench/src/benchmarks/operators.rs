//! What operators and auditors wait for: an import, and the trail verified.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tokio::task::block_in_place;
use twofactor_stack::database::{AUDITOR, OWNER};

use crate::measuring::figure::{Figure, Run};
use crate::measuring::people::People;
use crate::measuring::report::Report;
use crate::measuring::stage::{Stage, per_second};

/// People in one file.
const PEOPLE: usize = 20_000;
/// Rows of the trail.
const ROWS: usize = 200_000;

/// People with an app and a number.
pub async fn import(stage: &Stage<'_>) -> Result<Report> {
    let institution = stage.institution().await?;
    let count = stage.size.of(PEOPLE);
    let mut runs = Vec::new();
    for _ in 0..stage.size.runs {
        let people = People::invent(stage.ground, &institution, count)?;
        let begun = Instant::now();
        block_in_place(|| stage.ground.ctl(&["import", "--yes", &people.file]))?;
        let rate = per_second(count, begun.elapsed());
        runs.push(Run::from([("per_s", rate)]));
    }
    let figure = Figure::new("import", "people", runs);
    Ok(Report::new(vec![figure], []))
}

/// A trail of logins, as an auditor verifies it with the database and without.
pub fn verify(stage: &Stage<'_>) -> Result<Report> {
    let ground = stage.ground;
    let count = stage.size.of(ROWS);
    let rows = format!(
        "insert into audit.login_log (occurred_at, event_id, source, event_type, outcome_id, \
             outcome_type, tenant_id, user_id, session_id, ip, via, policy_required) \
         select now(), gen_random_uuid()::text, '/crm', 'login.attempted.v1', gen_random_uuid(), \
             'login.accepted.v1', 'uni', 'user' || n, 'session' || n, '192.0.2.7', 'totp', true \
         from generate_series(1, {count}) as n;"
    );
    ground.sql(OWNER, &rows)?;
    block_in_place(|| ground.ctl(&["audit", "seal", "--yes"]))?;
    // Whatever the benchmarks before it have left is verified as well.
    let all = ground.sql(OWNER, "select sum(rows) from audit.seals")?;
    let all = all.parse().context("the seals count no rows")?;
    let file = ground.file("trail.jsonl");
    let exported = block_in_place(|| ground.ctl(&["audit", "export"]))?;
    fs::write(&file, exported).context("cannot write the export")?;
    let export = file.display().to_string();
    let mut runs = Vec::new();
    for _ in 0..stage.size.runs {
        let begun = Instant::now();
        let first_wrong = ground.sql(AUDITOR, "select audit.verify(null, null)")?;
        let inside = per_second(all, begun.elapsed());
        ensure!(
            first_wrong.is_empty(),
            "the trail does not hold: {first_wrong}"
        );
        let begun = Instant::now();
        block_in_place(|| ground.ctl(&["audit", "verify", &export]))?;
        let over_an_export = per_second(all, begun.elapsed());
        runs.push(Run::from([
            ("in_postgres_per_s", inside),
            ("over_an_export_per_s", over_an_export),
        ]));
    }
    let figure = Figure::new("verify", "rows of the trail", runs);
    Ok(Report::new(vec![figure], []))
}
