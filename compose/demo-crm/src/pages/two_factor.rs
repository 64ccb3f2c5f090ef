//! The tab of one's own second factors: what is set up and since when, backup codes, browsers.
//!
//! The profile has the person's number too. It is not shown: nobody needs it here, and what is on a
//! page is on a photograph of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use twofactor_client::types::{Method, Profile};
use twofactor_client::{Outcome, Secret};

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::pages::set_up::{Steps, steps};
use crate::second_factor::{Asked, SecondFactor};
use crate::set_up::Codes;
use crate::visit::{Posted, Stop, Visit};
use crate::when;
use crate::words::Language;

/// Backup codes at which the page warns.
const FEW: i64 = 2;

#[derive(Template)]
#[template(path = "two_factor.html")]
struct TabPage {
    page: Page,
    /// Where the session may not look: the sentence that says so.
    barred: Option<String>,
    steps: Steps,
    totp: MethodState,
    sms: MethodState,
    codes_left: i64,
    has_few: bool,
    has_method: bool,
    set_up_by: Option<String>,
    codes_event: String,
    browsers: Vec<Browser>,
    forget_all: String,
}

/// A method's state.
#[derive(Default)]
struct MethodState {
    /// Since when it is set up.
    since: Option<String>,
    /// Until when a set-up can be confirmed.
    pending: Option<String>,
}

struct Browser {
    id: String,
    since: String,
    until: String,
    event: String,
}

#[derive(Template)]
#[template(path = "reset_method.html")]
struct ResetPage {
    page: Page,
    method: String,
    event: String,
    is_last: bool,
}

/// `GET /account/two-factor`.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Result<Response, Stop> {
    let who = visit.who()?;
    if visit.session.codes.is_some() {
        return Ok(go_to("/set-up/codes"));
    }
    let steps = steps(&app, &mut visit, &who).await;
    let asked = app.second_factor.own_profile(&who).await;
    let (profile, barred) = match asked {
        Ok(Outcome::Profile(profile)) => (Some(profile), None),
        Ok(Outcome::EnrollmentRejected(rejected)) => (None, Some(rejected.message)),
        _ => (
            None,
            Some(visit.session.language.words().no_answer.to_owned()),
        ),
    };
    let forms = &mut visit.session.forms;
    let codes_event = forms.id("codes");
    let forget_all = forms.id("forget");
    let mut page = visit.page(|w| w.two_factor);
    let language = page.language;
    page.phone = Some(
        visit
            .phone(&app.second_factor.phones, &who.person, true)
            .await,
    );
    let mut shown = TabPage {
        page,
        barred,
        steps,
        totp: MethodState::default(),
        sms: MethodState::default(),
        codes_left: 0,
        has_few: false,
        has_method: false,
        set_up_by: None,
        codes_event,
        browsers: Vec::new(),
        forget_all,
    };
    if let Some(profile) = profile {
        shown.totp = state(&profile, &Method::Totp, language);
        shown.sms = state(&profile, &Method::Sms, language);
        shown.codes_left = profile.backup_codes_left.map_or(0, |left| *left.reveal());
        shown.has_method = !profile.methods.is_empty();
        shown.has_few = shown.has_method && shown.codes_left <= FEW;
        shown.set_up_by = profile.set_up_by.map(|until| when::moment(until, language));
        let browsers = profile.remembered_browsers.iter().flat_map(Secret::reveal);
        for browser in browsers {
            shown.browsers.push(Browser {
                since: when::moment(browser.since, language),
                until: when::date(browser.until, language),
                event: visit
                    .session
                    .forms
                    .id(&format!("forget {}", browser.browser_id)),
                id: browser.browser_id.clone(),
            });
        }
    }
    Ok(show_page(&shown))
}

fn state(profile: &Profile, method: &Method, language: Language) -> MethodState {
    let set_up = profile
        .methods
        .iter()
        .find(|set_up| set_up.method == *method);
    let mut pending = profile.pending.iter().flat_map(Secret::reveal);
    let pending = pending.find(|pending| pending.method == *method);
    MethodState {
        since: set_up.map(|set_up| when::date(set_up.set_up_at, language)),
        pending: pending.map(|pending| when::time(pending.expires_at)),
    }
}

fn method(name: &str) -> Option<Method> {
    match name {
        "totp" => Some(Method::Totp),
        "sms" => Some(Method::Sms),
        _ => None,
    }
}

/// `GET /account/two-factor/reset?method=…`: what it means, and whether it is meant.
pub async fn ask_reset(
    State(app): State<Arc<App>>,
    Query(asked): Query<BTreeMap<String, String>>,
    mut visit: Visit,
) -> Result<Response, Stop> {
    let who = visit.who()?;
    let Some(method) = asked.get("method").and_then(|name| method(name)) else {
        return Ok(go_to("/account/two-factor"));
    };
    let Ok(Outcome::Profile(profile)) = app.second_factor.own_profile(&who).await else {
        return Ok(go_to("/account/two-factor"));
    };
    let event = visit.session.forms.id("reset");
    let page = visit.page(|w| w.reset_method);
    let title = page.w.reset_of(method.as_str()).to_owned();
    Ok(show_page(&ResetPage {
        page: page.titled(title),
        method: method.as_str().to_owned(),
        event,
        is_last: profile.methods.iter().all(|set_up| set_up.method == method),
    }))
}

/// `POST /account/two-factor/reset`.
pub async fn reset(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let who = posted.visit.who()?;
    let Some(method) = method(posted.field("method")) else {
        return Ok(go_to("/account/two-factor"));
    };
    let attributes = posted.attributes("reset", &who.session_id);
    let asked = app
        .second_factor
        .method_reset(&who, method, attributes)
        .await;
    let words = posted.visit.session.language.words();
    finish(&mut posted, "reset", asked, |outcome| {
        matches!(outcome, Outcome::EnrollmentRemoved(_)).then_some(words.method_removed)
    });
    Ok(go_to("/account/two-factor"))
}

/// `POST /account/two-factor/backup-codes`: a new set; the old one is void.
pub async fn new_codes(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let who = posted.visit.who()?;
    let attributes = posted.attributes("codes", &who.session_id);
    let codes = Codes::New(SecondFactor::new_backup_codes(&who), attributes);
    let asked = app.second_factor.codes(&who, &codes).await;
    let has_codes = matches!(asked, Ok(Outcome::EnrollmentBackupCodes(_)));
    let words = posted.visit.session.language.words();
    finish(&mut posted, "codes", asked, |outcome| {
        matches!(outcome, Outcome::EnrollmentBackupCodes(_)).then_some(words.codes_new)
    });
    if has_codes {
        posted.visit.session.codes = Some(codes);
        return Ok(go_to("/set-up/codes"));
    }
    Ok(go_to("/account/two-factor"))
}

/// `POST /account/two-factor/forget`: one remembered browser, or all.
pub async fn forget(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let who = posted.visit.who()?;
    let browser = posted.field("browser").to_owned();
    let browser = Some(browser).filter(|id| !id.is_empty());
    let form = match &browser {
        Some(id) => format!("forget {id}"),
        None => "forget".to_owned(),
    };
    let attributes = posted.attributes(&form, "");
    let asked = app
        .second_factor
        .browsers_forgotten(&who, browser, attributes);
    let asked = asked.await;
    let words = posted.visit.session.language.words();
    finish(&mut posted, &form, asked, |outcome| {
        matches!(outcome, Outcome::EnrollmentBrowsersForgotten(_)).then_some(words.forgotten)
    });
    Ok(go_to("/account/two-factor"))
}

/// Has the next page say what was done, or why not.
fn finish(
    posted: &mut Posted,
    form: &str,
    asked: Asked,
    done: impl FnOnce(&Outcome) -> Option<&'static str>,
) {
    let session = &mut posted.visit.session;
    let no_answer = session.language.words().no_answer;
    match asked {
        Ok(Outcome::EnrollmentRejected(rejected)) => {
            session.forms.answered(form);
            session.fail(rejected.message, None);
        }
        Ok(outcome) => {
            session.forms.answered(form);
            match done(&outcome) {
                Some(sentence) => session.done = Some(sentence.to_owned()),
                None => session.fail(no_answer, None),
            }
        }
        Err(_) => session.fail(no_answer, None),
    }
}
