//! Texts: how many one worker sends in a second through the provider, which is the sandbox here.

use anyhow::Result;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution};

use super::figure::{RUNS, Run, rate};
use super::ground::Ground;
use super::logins::all_are;
use super::people::People;

/// Requests that wait in the queue, each of another user.
const WAITING: usize = 1_000;

/// Texts at login.
pub async fn requested() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let crm = ground.crm().await?;
    let institution = Institution::strict(&crm).await?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let people = People::imported(&ground, &institution, WAITING)?;
        let events: Vec<CrmEvent> = people
            .all
            .iter()
            .map(|(person, _)| person.request_text())
            .collect();
        let (outcomes, speed) = ground.drain(&crm, Service::Sms, &events).await?;
        all_are(&outcomes, "sms.sent.v1")?;
        runs.push(rate(speed));
    }
    Ok(runs)
}
