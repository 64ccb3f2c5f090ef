//! Brings people to the start of their stories: policies, an app here, a number there.
//!
//! It does what their administrator and they themselves would do, by the same events. People whose
//! number was confirmed here can have their next text after five minutes, as everywhere.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use twofactor_client::{Attributes, Outcome};

use crate::app::App;
use crate::people::Person;
use crate::second_factor::{SecondFactor, Who};
use crate::session::random;
use crate::set_up::Codes;

/// Those who begin with an app.
const WITH_APP: [&str; 6] = ["ben", "dan", "olwen", "hugh", "isla", "priya"];
/// Those who begin with a number.
const WITH_NUMBER: [&str; 3] = ["carys", "dan", "isla"];
/// Who can use neither.
const EXEMPT: &str = "emma";
/// Where they do it from.
const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// Tries to reach the workers, each as long as a page waits.
const TRIES: u32 = 10;

/// Sets policies and brings people to their stories.
pub async fn bring_people_to_their_stories(app: &Arc<App>) -> Result<()> {
    for institution in &app.people.institutions {
        let mut tries = 0;
        loop {
            let asked = app.second_factor.policy_set(
                institution,
                "root",
                institution.required,
                institution.grace_days,
                Attributes::new(),
            );
            if matches!(asked.await, Ok(Outcome::EnrollmentPolicy(_))) {
                break;
            }
            tries += 1;
            if tries == TRIES {
                bail!("the workers do not answer: start them, and check CRM_AMQP_URL");
            }
            sleep(Duration::from_secs(1)).await;
        }
    }
    wait_for_the_sandbox(app).await;
    // One person after another would take as long as all their texts together.
    let mut people = Vec::new();
    for person in &app.people.all {
        let app = app.clone();
        let person = person.clone();
        people.push(tokio::spawn(async move {
            if begin(&app, &person).await.is_none() {
                eprintln!(
                    "{} could not be brought to the start of the story",
                    person.name
                );
            }
        }));
    }
    for person in people {
        person.await?;
    }
    Ok(())
}

/// Its people can have no numbers without it; everybody else can begin.
async fn wait_for_the_sandbox(app: &App) {
    for _ in 0..60 {
        if app.second_factor.phones.texts("+440").await.is_some() {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
    eprintln!("the SMS sandbox does not answer: check SMS_SANDBOX_URL");
}

/// Does for one person what the story begins with; `None` where an outcome is another than expected.
async fn begin(app: &App, person: &Arc<Person>) -> Option<()> {
    let who = Who {
        person: person.clone(),
        session_id: format!("story-{}", random()),
        language: person.language,
    };
    if WITH_APP.contains(&person.user_id) {
        set_up_app(app, &who).await?;
    }
    if WITH_NUMBER.contains(&person.user_id) {
        set_up_number(app, &who).await?;
    }
    if person.user_id == EXEMPT {
        let until = Timestamp::now().checked_add(SignedDuration::from_hours(14 * 24));
        let reason = "Can use neither an app nor texts";
        let asked = app.second_factor.exempted(
            person,
            "olwen",
            reason,
            until.expect("two weeks are within all times"),
            Attributes::new(),
        );
        let Ok(Outcome::EnrollmentExemption(_)) = asked.await else {
            return None;
        };
    }
    Some(())
}

async fn set_up_app(app: &App, who: &Who) -> Option<()> {
    let second_factor = &app.second_factor;
    let event = SecondFactor::totp_start(who);
    let asked = second_factor.totp_started(who, &event, Attributes::new());
    let Ok(Outcome::EnrollmentPending(_)) = asked.await else {
        return None;
    };
    let [code, _] = second_factor.phones.screen(&who.person).await.codes?;
    let event = SecondFactor::totp_confirmation(who, &code);
    let confirmation = Codes::Totp(event, Attributes::new());
    let Ok(Outcome::EnrollmentCompleted(_)) = second_factor.codes(who, &confirmation).await else {
        return None;
    };
    // With this the session may set up another method.
    let asked = second_factor.login(who, OFFICE, None, None, false, Attributes::new());
    matches!(asked.await, Ok(Outcome::LoginAccepted(_))).then_some(())
}

async fn set_up_number(app: &App, who: &Who) -> Option<()> {
    let second_factor = &app.second_factor;
    let number = second_factor.phones.number(&who.person);
    let asked = second_factor.sms_started(who, &number, Attributes::new());
    let Ok(Outcome::EnrollmentPending(_)) = asked.await else {
        return None;
    };
    let texts = second_factor.phones.texts(&number).await?;
    let event = SecondFactor::sms_confirmation(who, texts.last()?.code());
    let confirmation = Codes::Sms(event, Attributes::new());
    let asked = second_factor.codes(who, &confirmation).await;
    matches!(asked, Ok(Outcome::EnrollmentCompleted(_))).then_some(())
}
