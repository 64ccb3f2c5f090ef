//! What an administrator sees and does: who has a second factor since when, and never a number.
//!
//! Only administrators come this far, and only to people of their own institution: the workers believe
//! the `admin_id` that they are told. A reset needs a reason, is asked once more, and ends every session
//! of its person.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use twofactor_client::Outcome;
use twofactor_client::types::{EnrollmentPolicy, Method, ProfileListUser};

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::pages::{forbidden, not_found};
use crate::people::Person;
use crate::visit::{Posted, Stop, Visit};
use crate::when;
use crate::words::{Language, Words};

/// Days of an exemption, at most.
const LONGEST_EXEMPTION: i64 = 30;
/// Days of grace, at most.
const LONGEST_GRACE: i64 = 90;
/// Characters of a reason, at most.
const LONGEST_REASON: usize = 500;

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    page: Page,
    institution: &'static str,
    rows: Vec<Row>,
    without: usize,
    policy: Option<EnrollmentPolicy>,
    policy_event: String,
}

/// A person as an administrator sees them.
struct Row {
    person: Arc<Person>,
    totp: Option<String>,
    sms: Option<String>,
    state: String,
    has_none: bool,
}

#[derive(Template)]
#[template(path = "admin_person.html")]
struct PersonPage {
    page: Page,
    row: Row,
    event: String,
}

#[derive(Template)]
#[template(path = "admin_reset.html")]
struct ResetPage {
    page: Page,
    person: Arc<Person>,
    reason: String,
    event: String,
}

/// The administrator who asks; anybody else gets a page that says so.
fn administrator(visit: Visit) -> Result<(Arc<Person>, Visit), Stop> {
    let person = visit.signed_in()?.person.clone();
    if person.is_administrator {
        Ok((person, visit))
    } else {
        Err(forbidden(visit).into())
    }
}

/// The same for a form.
fn administrator_of(posted: Posted) -> Result<(Arc<Person>, Posted), Stop> {
    let person = posted.visit.signed_in()?.person.clone();
    if person.is_administrator {
        Ok((person, posted))
    } else {
        Err(forbidden(posted.visit).into())
    }
}

/// `GET /admin`.
pub async fn show(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Stop> {
    let (me, mut visit) = administrator(visit)?;
    let people: Vec<Arc<Person>> = app.people.of(&me.institution).cloned().collect();
    let ids: Vec<&str> = people.iter().map(|person| person.user_id).collect();
    let asked = app.second_factor.profiles(&me, &ids).await;
    let policy = app.second_factor.policy(&me).await;
    let language = visit.session.language;
    let words = language.words();
    let mut rows = Vec::new();
    match asked {
        Ok(Outcome::ProfileList(list)) => {
            for (person, profile) in people.iter().zip(&list.users) {
                rows.push(row(person, profile, language, words));
            }
        }
        _ => visit.session.fail(words.no_answer, None),
    }
    Ok(show_page(&AdminPage {
        institution: me.institution.name,
        without: rows.iter().filter(|row| row.has_none).count(),
        rows,
        policy: match policy {
            Ok(Outcome::EnrollmentPolicy(policy)) => Some(policy),
            _ => None,
        },
        policy_event: visit.session.forms.id("policy"),
        page: visit.page(|w| w.admin),
    }))
}

fn row(
    person: &Arc<Person>,
    profile: &ProfileListUser,
    language: Language,
    words: &'static Words,
) -> Row {
    let since = |method: Method| {
        let set_up = profile
            .methods
            .iter()
            .find(|set_up| set_up.method == method);
        set_up.map(|set_up| when::date(set_up.set_up_at, language))
    };
    let has_none = profile.methods.is_empty();
    let state = match profile.set_up_by {
        _ if profile.locked => words.locked.to_owned(),
        _ if !has_none => words.is_set_up_short.to_owned(),
        Some(until) => format!("{} {}", words.set_up_by, when::moment(until, language)),
        None if profile.required => words.not_set_up.to_owned(),
        None => words.not_required.to_owned(),
    };
    Row {
        person: person.clone(),
        totp: since(Method::Totp),
        sms: since(Method::Sms),
        state,
        has_none,
    }
}

/// `POST /admin/policy`.
pub async fn set_policy(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, Stop> {
    let (me, mut posted) = administrator_of(posted)?;
    let required = posted.is_ticked("required");
    let grace_days = posted.field("grace_days").trim().parse::<i64>();
    let session = &mut posted.visit.session;
    let words = session.language.words();
    let Some(grace_days) = grace_days
        .ok()
        .filter(|days| (0..=LONGEST_GRACE).contains(days))
    else {
        session.fail(words.wrong_grace, Some("grace_days"));
        return Ok(go_to("/admin"));
    };
    let attributes = posted.attributes("policy", "");
    let institution = &me.institution;
    let asked = app
        .second_factor
        .policy_set(institution, me.user_id, required, grace_days, attributes)
        .await;
    let session = &mut posted.visit.session;
    match asked {
        Ok(Outcome::EnrollmentPolicy(_)) => {
            session.forms.answered("policy");
            session.done = Some(words.policy_is_set.to_owned());
        }
        _ => session.fail(words.no_answer, None),
    }
    Ok(go_to("/admin"))
}

/// `GET /admin/people/{user_id}`.
pub async fn show_person(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    visit: Visit,
) -> Result<Response, Stop> {
    let (me, mut visit) = administrator(visit)?;
    let Some(person) = app.people.at(&me.institution, &user_id).cloned() else {
        return Ok(not_found(State(app), visit).await);
    };
    let asked = app.second_factor.profiles(&me, &[person.user_id]).await;
    let language = visit.session.language;
    let words = language.words();
    let Ok(Outcome::ProfileList(list)) = asked else {
        visit.session.fail(words.no_answer, None);
        return Ok(go_to("/admin"));
    };
    let Some(profile) = list.users.first() else {
        return Ok(go_to("/admin"));
    };
    Ok(show_page(&PersonPage {
        row: row(&person, profile, language, words),
        event: visit.session.forms.id("exempt"),
        page: visit.page(|w| w.admin).titled(person.name.to_owned()),
    }))
}

/// `POST /admin/people/{user_id}/reset`: the reason. It is in no address, where others could read it.
pub async fn prepare_reset(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    posted: Posted,
) -> Result<Response, Stop> {
    let (me, mut posted) = administrator_of(posted)?;
    let Some(person) = app.people.at(&me.institution, &user_id).cloned() else {
        return Ok(not_found(State(app), posted.visit).await);
    };
    let address = format!("/admin/people/{}", person.user_id);
    let reason = posted.field("reason").trim().to_owned();
    let session = &mut posted.visit.session;
    let words = session.language.words();
    // Nobody resets themselves: another administrator does it.
    if me.user_id == person.user_id {
        session.fail(words.not_oneself, None);
        return Ok(go_to(&address));
    }
    if !is_reason(&reason) {
        session.fail(words.no_reason, Some("reason"));
        return Ok(go_to(&address));
    }
    session.asked_reset = Some((person.user_id.to_owned(), reason));
    Ok(go_to(&format!("{address}/reset")))
}

fn is_reason(reason: &str) -> bool {
    (1..=LONGEST_REASON).contains(&reason.chars().count())
}

/// `GET /admin/people/{user_id}/reset`: whose it is, what it means, and whether it is meant.
pub async fn ask_reset(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    visit: Visit,
) -> Result<Response, Stop> {
    let (me, mut visit) = administrator(visit)?;
    let asked = visit.session.asked_reset.clone();
    let asked = asked.filter(|(asked, _)| *asked == user_id);
    let person = app.people.at(&me.institution, &user_id).cloned();
    let Some(((_, reason), person)) = asked.zip(person) else {
        return Ok(go_to("/admin"));
    };
    let event = visit.session.forms.id("admin-reset");
    let page = visit.page(|w| w.admin_reset);
    let title = page.w.admin_reset_of.replace("{}", person.name);
    Ok(show_page(&ResetPage {
        page: page.titled(title),
        person,
        reason,
        event,
    }))
}

/// `POST /admin/people/{user_id}/reset/confirm`: on `reset.completed` every session of the person ends.
pub async fn reset(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    posted: Posted,
) -> Result<Response, Stop> {
    let (me, mut posted) = administrator_of(posted)?;
    let person = app.people.at(&me.institution, &user_id).cloned();
    let person = person.filter(|person| person.user_id != me.user_id);
    let Some(person) = person else {
        return Ok(go_to("/admin"));
    };
    let reason = posted.field("reason").to_owned();
    if !is_reason(&reason) {
        return Ok(go_to(&format!("/admin/people/{}", person.user_id)));
    }
    let attributes = posted.attributes("admin-reset", person.user_id);
    let asked = app
        .second_factor
        .reset(&person, me.user_id, &reason, attributes);
    let asked = asked.await;
    let session = &mut posted.visit.session;
    let words = session.language.words();
    match asked {
        Ok(Outcome::ResetCompleted(_)) => {
            app.sessions.end_all_of(&person, None);
            session.forms.answered("admin-reset");
            session.asked_reset = None;
            session.done = Some(words.was_reset.replace("{}", person.name));
        }
        _ => session.fail(words.no_answer, None),
    }
    Ok(go_to("/admin"))
}

/// `POST /admin/people/{user_id}/exempt`: for somebody who can use neither method.
pub async fn exempt(
    State(app): State<Arc<App>>,
    Path(user_id): Path<String>,
    posted: Posted,
) -> Result<Response, Stop> {
    let (me, mut posted) = administrator_of(posted)?;
    let Some(person) = app.people.at(&me.institution, &user_id).cloned() else {
        return Ok(not_found(State(app), posted.visit).await);
    };
    let address = format!("/admin/people/{}", person.user_id);
    let reason = posted.field("exempt_reason").trim().to_owned();
    let days = posted.field("days").trim().parse::<i64>().ok();
    let session = &mut posted.visit.session;
    let words = session.language.words();
    if !is_reason(&reason) {
        session.fail(words.no_reason, Some("exempt_reason"));
        return Ok(go_to(&address));
    }
    let Some(days) = days.filter(|days| (0..=LONGEST_EXEMPTION).contains(days)) else {
        session.fail(words.wrong_days, Some("days"));
        return Ok(go_to(&address));
    };
    let attributes = posted.attributes("exempt", person.user_id);
    let until = end_of_exemption(attributes.time, days);
    let asked = app
        .second_factor
        .exempted(&person, me.user_id, &reason, until, attributes)
        .await;
    let session = &mut posted.visit.session;
    match asked {
        Ok(Outcome::EnrollmentExemption(exemption)) => {
            session.forms.answered("exempt");
            let until = when::moment(exemption.until, session.language);
            session.done = Some(words.is_exempt_until.replace("{}", &until));
        }
        Ok(Outcome::EnrollmentRejected(rejected)) => {
            session.forms.answered("exempt");
            session.fail(rejected.message, None);
        }
        _ => session.fail(words.no_answer, None),
    }
    Ok(go_to(&address))
}

/// So many days after the form came in; none ends an exemption. A minute less than the longest, since
/// the workers count from their own clock.
fn end_of_exemption(received: Timestamp, days: i64) -> Timestamp {
    let length = SignedDuration::from_hours(24 * days) - SignedDuration::from_mins(1);
    received.checked_add(length).unwrap_or(received)
}
