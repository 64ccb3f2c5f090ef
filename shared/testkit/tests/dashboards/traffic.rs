//! Traffic of every kind that the dashboards show, as a CRM sends it.

use anyhow::Result;
use serde_json::json;
use twofactor_testkit::sandbox::Fault;
use twofactor_testkit::{Crm, CrmEvent, Institution, Letter, Person, ReplyPath, SmsSandbox};

/// Wrong codes in a row, until a wait runs.
const WRONG_CODES: usize = 6;
/// Texts that the provider does not take.
const LOST_TEXTS: usize = 12;
/// The failpoint of the workers that makes a delivery unreadable, and the word in its properties.
pub const UNREADABLE: &str = "unreadable_delivery";

/// People set up, log in, mistype, ask for texts; an administrator resets one of them.
pub async fn a_day(crm: &Crm, sms: &SmsSandbox) -> Result<()> {
    let strict = Institution::strict(crm).await?;
    let lenient = Institution::with_policy(crm, false, 0).await?;
    crm.ask(&lenient.person().login()).await?;
    with_app(crm, &strict).await?;
    with_texts(crm, sms, &strict).await?;
    refused(crm).await
}

async fn with_app(crm: &Crm, institution: &Institution) -> Result<()> {
    let person = institution.person();
    crm.ask(&person.login()).await?;
    let (app, _) = person.set_up_totp(crm).await?;
    person.enter_after_set_up(crm).await?;
    let later = person.anew();
    crm.ask(&later.login()).await?;
    for steps in [0, 1] {
        let login = later.login_by_app(&app, steps);
        let remembered = crm
            .ask(&login.with_data("remember_me", json!(true)))
            .await?;
        let token = remembered.str("remember_token");
        let anew = person.anew().login();
        crm.ask(&anew.with_data("remember_token", json!(token)))
            .await?;
    }
    let other = institution.person();
    other.set_up_totp(crm).await?;
    crm.ask(&other.confirm_totp("12")).await?;
    let guessing = other.anew();
    for _ in 0..WRONG_CODES {
        crm.ask(&guessing.login_by("totp", "000000")).await?;
    }
    let reset = other.reset("lost the phone");
    crm.ask(&reset).await?;
    crm.ask(&reset).await?;
    Ok(())
}

async fn with_texts(crm: &Crm, sms: &SmsSandbox, institution: &Institution) -> Result<()> {
    let person = institution.person();
    person.set_up_sms(crm, sms).await?;
    // A second text within five minutes is held back.
    crm.ask(&person.anew().request_text()).await?;
    Ok(())
}

async fn refused(crm: &Crm) -> Result<()> {
    let unknown = CrmEvent::new("login.who-knows.v1", json!({}));
    crm.ask(&unknown).await?;
    Ok(())
}

/// Texts for people whom the provider fails.
pub async fn lose_texts(crm: &Crm, sms: &SmsSandbox) -> Result<()> {
    let institution = Institution::strict(crm).await?;
    sms.set_fault(Fault::Unavailable).await?;
    let people: Vec<Person> = (0..LOST_TEXTS).map(|_| institution.person()).collect();
    for person in people {
        crm.ask(&person.start_sms()).await?;
    }
    sms.set_fault(Fault::None).await
}

/// A message that is no event at all.
pub async fn send_nonsense(crm: &Crm) -> Result<()> {
    let letter: Letter = CrmEvent::new("login.attempted.v1", json!({ "tenant_id": 7 })).letter();
    crm.send(&letter, &ReplyPath::None).await
}

/// A login that no client library of a worker can read, where the workers' failpoint says so.
pub async fn send_unreadable(crm: &Crm, login: &CrmEvent) -> Result<()> {
    let letter = login
        .letter()
        .edited(|properties| properties.with_app_id(UNREADABLE.into()));
    crm.send(&letter, &ReplyPath::None).await
}

/// An event whose answer finds no queue.
pub async fn in_vain(crm: &Crm, event: &CrmEvent) -> Result<()> {
    let gone = ReplyPath::Named("crm.reply.gone".to_owned());
    crm.send(&event.letter(), &gone).await
}
