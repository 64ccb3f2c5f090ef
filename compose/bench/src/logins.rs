//! Logins: how many one worker decides in a second, and how long one of them takes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::join_all;
use jiff::Timestamp;
use twofactor_contract::Service;
use twofactor_testkit::{Authenticator, CrmEvent, Institution, Outcome, Person};

use super::figure::{RUNS, Run, percentile, rate};
use super::ground::Ground;
use super::people::People;

/// Logins that wait in the queue.
const WAITING: usize = 20_000;
/// Logins by code that wait in the queue.
const WITH_CODE: usize = 5_000;
/// 200 logins a second.
const PERIOD: Duration = Duration::from_millis(5);
/// Logins of one run at that pace.
const PACED: usize = 2_000;

/// Measures logins of unknown users, from whom no second factor is required.
pub async fn unheard_of() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let crm = ground.crm().await?;
    let institution = Institution::lenient(&crm).await?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let events: Vec<CrmEvent> = (0..WAITING).map(|_| institution.person().login()).collect();
        let (outcomes, speed) = ground.drain(&crm, Service::Login, &events).await?;
        all_are(&outcomes, "login.accepted.v1")?;
        runs.push(rate(speed));
    }
    Ok(runs)
}

/// Logins by right codes.
pub async fn with_codes() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let crm = ground.crm().await?;
    let institution = Institution::strict(&crm).await?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let people = People::imported(&ground, &institution, WITH_CODE)?;
        let now = Timestamp::now();
        let login = |(person, app): &(Person, Authenticator)| {
            person.login_by("totp", &app.code_at(now)).at(now)
        };
        let events: Vec<CrmEvent> = people.all.iter().map(login).collect();
        let (outcomes, speed) = ground.drain(&crm, Service::Login, &events).await?;
        all_are(&outcomes, "login.accepted.v1")?;
        runs.push(rate(speed));
    }
    Ok(runs)
}

/// Measures the time from publishing to the outcome, one login after the other.
pub async fn latency() -> Result<Vec<Run>> {
    let ground = Ground::lay()?;
    let crm = ground.crm().await?;
    let institution = Institution::lenient(&crm).await?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let mut asked = Vec::with_capacity(PACED);
        let crm = &crm;
        let begun = Instant::now();
        for count in 0..u32::try_from(PACED)? {
            let event = institution.person().login();
            let at = begun + PERIOD * count;
            asked.push(async move {
                tokio::time::sleep_until(at.into()).await;
                let sent = Instant::now();
                let outcome = crm.ask(&event).await?;
                anyhow::Ok((outcome, sent.elapsed().as_secs_f64() * 1000.0))
            });
        }
        let answered: Vec<(Outcome, f64)> =
            join_all(asked).await.into_iter().collect::<Result<_>>()?;
        let (outcomes, mut times): (Vec<_>, Vec<_>) = answered.into_iter().unzip();
        all_are(&outcomes, "login.accepted.v1")?;
        let run = [50, 99].map(|percent| percentile(&mut times, percent));
        runs.push(Run::from([("p50", run[0]), ("p99", run[1])]));
    }
    Ok(runs)
}

/// Checks that every measured outcome is the right one.
pub fn all_are(outcomes: &[Outcome], kind: &str) -> Result<()> {
    let other = outcomes.iter().find(|outcome| outcome.kind() != kind);
    let other = other.map(Outcome::as_string);
    ensure!(other.is_none(), "not every outcome is {kind}: {other:?}");
    Ok(())
}
