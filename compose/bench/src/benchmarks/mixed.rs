//! The events of a day, for all four workers at once: four fifths logins of every kind, a tenth
//! wrong codes, and set-ups, texts, profiles and resets.

use std::collections::HashMap;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::json;
use twofactor_testkit::{Crm, Institution, Person, SmsSandbox};

use crate::measuring::figure::{Figure, Run};
use crate::measuring::ground::worker;
use crate::measuring::load::Message;
use crate::measuring::people::{Holder, People};
use crate::measuring::report::Report;
use crate::measuring::stage::Stage;
use crate::measuring::subject::Subject;

const NAME: &str = "mixed";
const EVENTS: usize = 40_000;
/// Those with an app who log in, for so many events each at most.
const EVENTS_A_USER: usize = 8;
/// Those whose browser is remembered and who have backup codes.
const PREPARED: usize = 50;
/// Of a hundred events so many are logins by a code that was texted.
const TEXTED: usize = 3;
/// Every outcome but a refusal of the event.
const OUTCOMES: [&str; 9] = [
    "login.accepted.v1",
    "login.challenged.v1",
    "login.rejected.v1",
    "sms.sent.v1",
    "sms.throttled.v1",
    "enrollment.pending.v1",
    "profile.v1",
    "reset.completed.v1",
    "sms.failed.v1",
];

/// Measures the four workers together.
pub async fn measure(stage: &Stage<'_>) -> Result<Report> {
    let mut runs = Vec::new();
    for _ in 0..stage.size.runs {
        runs.push(once(stage).await?);
    }
    let figure = Figure::new(NAME, "a day's events", runs);
    Ok(Report::new(vec![figure], []))
}

async fn once(stage: &Stage<'_>) -> Result<Run> {
    let count = stage.size.of(EVENTS);
    let institution = stage.institution().await?;
    let prepared = prepare(stage, &institution).await?;
    let users = count.div_ceil(EVENTS_A_USER).max(20);
    let texted = texted(stage, &institution, count.div_ceil(100) * TEXTED).await?;
    let mut day = Day {
        logins: People::imported(stage.ground, &institution, users)?,
        others: People::imported(stage.ground, &institution, users)?,
        institution,
        prepared,
        texted,
        number: 0,
    };
    stage
        .drain(Subject::Day, count, &OUTCOMES, || day.next())
        .await
}

/// Somebody with a remembered browser and backup codes.
struct Prepared {
    person: Person,
    token: String,
    codes: Vec<String>,
}

/// Lets some log in, be remembered, and get backup codes.
async fn prepare(stage: &Stage<'_>, institution: &Institution) -> Result<Vec<Prepared>> {
    let people = People::imported(stage.ground, institution, PREPARED)?;
    stage
        .ground
        .workers(&[worker("login", 1), worker("enrollment", 1)])?;
    let crm = stage.crm().await?;
    let each = people.all.iter().map(|holder| remembered(&crm, holder));
    let prepared = try_join_all(each).await?;
    stage.ground.workers(&[])?;
    stage.broker.forget_broadcasts().await?;
    Ok(prepared)
}

async fn remembered(crm: &Crm, holder: &Holder) -> Result<Prepared> {
    let person = holder.person.anew();
    let login = person.login_by_app(&holder.app, 0);
    let login = login.with_data("remember_me", json!(true));
    let accepted = crm.ask_for(&login, "login.accepted.v1").await?;
    let token = accepted.str("remember_token").to_owned();
    let wanted = person.request_backup_codes();
    let issued = crm.ask_for(&wanted, "enrollment.backup_codes.v1").await?;
    Ok(Prepared {
        token,
        codes: issued.backup_codes(),
        person,
    })
}

/// Lets so many get a code by text, which they have not entered yet.
async fn texted(
    stage: &Stage<'_>,
    institution: &Institution,
    count: usize,
) -> Result<Vec<(Person, String)>> {
    let people = People::imported(stage.ground, institution, count)?;
    stage.ground.workers(&[worker("sms", 1)])?;
    let crm = stage.crm().await?;
    let all = people.all.into_iter().map(|holder| holder.person.anew());
    let all: Vec<Person> = all.collect();
    let requests = all.iter().map(Person::request_text);
    try_join_all(requests.map(async |event| crm.ask_for(&event, "sms.sent.v1").await)).await?;
    let sandbox = SmsSandbox::at(&stage.ground.variable("SMS_SANDBOX_URL")?);
    let texts = sandbox.all_texts().await?;
    let codes: HashMap<&str, &str> = texts
        .iter()
        .map(|text| (text.to.as_str(), text.code()))
        .collect();
    stage.ground.workers(&[])?;
    stage.broker.forget_broadcasts().await?;
    let with_code = |person: Person| {
        let code = codes.get(person.number.as_str()).copied();
        let code = code.context("a text was not sent")?.to_owned();
        Ok((person, code))
    };
    all.into_iter().map(with_code).collect()
}

/// What comes next.
struct Day {
    logins: People,
    others: People,
    institution: Institution,
    prepared: Vec<Prepared>,
    texted: Vec<(Person, String)>,
    number: usize,
}

impl Day {
    /// An event; of a hundred in a row so many of each kind.
    fn next(&mut self) -> Result<Message> {
        let number = self.number;
        self.number += 1;
        let turn = number / 100;
        match number % 100 {
            0..47 => self.logins.login(),
            47..50 => {
                let (person, code) = self.texted.pop().context("a text was sent")?;
                Ok(person.login_by("sms", &code).into())
            }
            50..65 => Ok(self.logins.ask()),
            65..77 => {
                let one = &self.prepared[number % self.prepared.len()];
                let login = one.person.anew().login();
                Ok(login.with_data("remember_token", json!(one.token)).into())
            }
            77..80 => self.with_backup_code(number),
            80..90 => {
                let one = self.other(number)?;
                let now = Timestamp::now();
                let wrong = one.app.wrong_code_at(now);
                Ok(one.person.anew().login_by("totp", &wrong).at(now).into())
            }
            90..93 => Ok(self.institution.person().start_totp().into()),
            93..96 => Ok(self.other(number)?.person.anew().request_text().into()),
            96..99 => Ok(self.other(turn)?.person.profile_for("admin-1").into()),
            _ => {
                // Somebody whom nobody else's event is about.
                let reset = self.institution.person().reset("Lost the phone.");
                Ok(reset.into())
            }
        }
    }

    fn other(&self, number: usize) -> Result<&Holder> {
        let all = &self.others.all;
        all.get(number % all.len()).context("somebody was imported")
    }

    fn with_backup_code(&mut self, number: usize) -> Result<Message> {
        let at = number % self.prepared.len();
        let one = &mut self.prepared[at];
        let person = one.person.anew();
        match one.codes.pop() {
            Some(code) => Ok(person.login_by("backup", &code).into()),
            None => self.logins.login(),
        }
    }
}
