//! The set-up of a method by numbered steps, at the login and in the tab alike.
//!
//! A reload keeps a set-up: the picture is asked for again by the same event, so that no secret is kept
//! here. The last step, the backup codes, is a page of its own.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use twofactor_client::types::{EnrollmentPending, EnrollmentRejected, Next};
use twofactor_client::{Attributes, Outcome};

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::pages::code::Wait;
use crate::second_factor::{Asked, SecondFactor, Who};
use crate::session::Session;
use crate::set_up::{Codes, SetUp, Started};
use crate::visit::{Posted, Stop, Visit};
use crate::when;

/// What the steps show now.
#[derive(Default)]
pub struct Steps {
    /// The ids of the forms' events: app, number, code.
    pub events: [String; 3],
    /// The set-up of an app that is under way.
    pub picture: Option<Picture>,
    /// The set-up of a number that is under way.
    pub number: Option<Number>,
    /// Whether a code was wrong.
    pub has_failed: bool,
}

/// What an app scans. It goes to the page of its person and nowhere else.
pub struct Picture {
    /// The QR picture, PNG as base64.
    pub png: String,
    /// The key in groups of four.
    pub key: String,
    /// The link for an app on the same phone.
    pub uri: String,
    /// Until when it can be confirmed.
    pub until: String,
}

/// A number whose text is on its way.
pub struct Number {
    /// Until when its code is good.
    pub until: String,
    /// How long until another text.
    pub wait: Option<Wait>,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    page: Page,
    message: String,
    steps: Steps,
}

/// Whose set-up it is, and the page of its steps.
pub fn subject(session: &Session) -> Result<(Who, &'static str), Stop> {
    let language = session.language;
    if let Some(signed_in) = &session.signed_in {
        let who = Who {
            person: signed_in.person.clone(),
            session_id: signed_in.session_id.clone(),
            language,
        };
        return Ok((who, "/account/two-factor"));
    }
    let login = session.login.as_ref().ok_or(Stop::LogIn)?;
    let who = login.who.clone();
    Ok((Who { language, ..who }, "/login/set-up"))
}

/// `GET /login/set-up`: a first login, where a method is required and none is set up.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Result<Response, Stop> {
    let (who, step) = subject(&visit.session)?;
    if step != "/login/set-up" {
        return Ok(go_to(step));
    }
    let login = visit.session.login.as_ref().ok_or(Stop::LogIn)?;
    if login.next != Next::SetUp {
        return Ok(go_to("/login/code"));
    }
    let message = login.message.clone();
    if visit.session.codes.is_some() {
        return Ok(go_to("/set-up/codes"));
    }
    let steps = steps(&app, &mut visit, &who).await;
    let mut page = visit.page(|w| w.set_up);
    page.phone = Some(
        visit
            .phone(&app.second_factor.phones, &who.person, true)
            .await,
    );
    Ok(show_page(&SetUpPage {
        page,
        message,
        steps,
    }))
}

/// The steps as they are now. A set-up that is over is said to be so, and begins anew.
pub async fn steps(app: &App, visit: &mut Visit, who: &Who) -> Steps {
    let now = visit.received;
    let session = &mut visit.session;
    let mut steps = Steps {
        events: ["totp", "sms", "confirm"].map(|name| session.forms.id(name)),
        ..Steps::default()
    };
    let Some(set_up) = &session.set_up else {
        return steps;
    };
    steps.has_failed = set_up.has_failed;
    let until = when::time(set_up.expires_at);
    let is_over = now >= set_up.expires_at;
    match &set_up.method {
        _ if is_over => {}
        Started::Sms { next_text_at } => {
            let wait = Wait::until(*next_text_at, now, session);
            steps.number = Some(Number { until, wait });
        }
        Started::Totp(event, attributes) => {
            let (event, attributes) = (event.clone(), attributes.clone());
            match app
                .second_factor
                .totp_started(who, &event, attributes)
                .await
            {
                Ok(Outcome::EnrollmentPending(pending)) => steps.picture = picture(&pending, until),
                Ok(_) => {}
                Err(_) => {
                    let message = session.language.words().no_answer;
                    session.fail(message, None);
                    return steps;
                }
            }
        }
    }
    if steps.picture.is_none() && steps.number.is_none() {
        session.set_up = None;

        let message = session.language.words().set_up_over;
        if session.problem.is_none() {
            session.fail(message, None);
        }
    }
    steps
}

fn picture(pending: &EnrollmentPending, until: String) -> Option<Picture> {
    let key = pending.secret.as_ref()?.reveal();
    let groups: Vec<&str> = (0..key.len())
        .step_by(4)
        .filter_map(|from| key.get(from..key.len().min(from + 4)))
        .collect();
    Some(Picture {
        png: pending.qr_png.as_ref()?.reveal().clone(),
        key: groups.join(" "),
        uri: pending.otpauth_uri.as_ref()?.reveal().clone(),
        until,
    })
}

/// `POST /set-up/totp`.
pub async fn start_totp(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let (who, back) = subject(&posted.visit.session)?;
    let attributes = posted.attributes("totp", &who.session_id);
    let event = SecondFactor::totp_start(&who);
    let asked = app
        .second_factor
        .totp_started(&who, &event, attributes.clone());
    let asked = asked.await;
    let started = |_: &EnrollmentPending| Started::Totp(event, attributes);
    start(&mut posted.visit.session, "totp", asked, started);
    Ok(go_to(back))
}

/// `POST /set-up/sms`: the number as it was typed. It is not kept, and is on no page again.
pub async fn start_sms(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let (who, back) = subject(&posted.visit.session)?;
    let number = posted.field("number").to_owned();
    let session = &mut posted.visit.session;
    if number.trim().is_empty() {
        let message = session.language.words().no_number;
        session.fail(message, Some("number"));
        return Ok(go_to(back));
    }
    let attributes = posted.attributes("sms", &who.session_id);
    let asked = app
        .second_factor
        .sms_started(&who, &number, attributes)
        .await;
    let started = |pending: &EnrollmentPending| Started::Sms {
        next_text_at: pending.next_request_at,
    };
    start(&mut posted.visit.session, "sms", asked, started);
    Ok(go_to(back))
}

fn start(
    session: &mut Session,
    form: &str,
    asked: Asked,
    started: impl FnOnce(&EnrollmentPending) -> Started,
) {
    if asked.is_ok() {
        session.forms.answered(form);
    }
    match asked {
        Ok(Outcome::EnrollmentPending(pending)) => {
            session.set_up = Some(SetUp {
                method: started(&pending),
                expires_at: pending.expires_at,
                has_failed: false,
            });
        }
        Ok(Outcome::EnrollmentRejected(rejected)) => {
            session.fail(rejected.message, (form == "sms").then_some("number"));
        }
        _ => {
            let message = session.language.words().no_answer;
            session.fail(message, None);
        }
    }
}

/// `POST /set-up/totp/confirm`.
pub async fn confirm_totp(
    State(app): State<Arc<App>>,
    mut posted: Posted,
) -> Result<Response, Stop> {
    let (who, _) = subject(&posted.visit.session)?;
    let attributes = posted.attributes("confirm", &who.session_id);
    let event = SecondFactor::totp_confirmation(&who, posted.field("code"));
    confirm(&app, &mut posted, Codes::Totp(event, attributes)).await
}

/// `POST /set-up/sms/confirm`.
pub async fn confirm_sms(
    State(app): State<Arc<App>>,
    mut posted: Posted,
) -> Result<Response, Stop> {
    let (who, _) = subject(&posted.visit.session)?;
    let attributes = posted.attributes("confirm", &who.session_id);
    let event = SecondFactor::sms_confirmation(&who, posted.field("code"));
    confirm(&app, &mut posted, Codes::Sms(event, attributes)).await
}

async fn confirm(app: &App, posted: &mut Posted, codes: Codes) -> Result<Response, Stop> {
    let (who, back) = subject(&posted.visit.session)?;
    let is_empty = posted.field("code").trim().is_empty();
    let session = &mut posted.visit.session;
    let words = session.language.words();
    if is_empty {
        session.fail(words.no_code, Some("confirm-code"));
        return Ok(go_to(back));
    }
    let asked = app.second_factor.codes(&who, &codes).await;
    if asked.is_ok() {
        session.forms.answered("confirm");
    }
    match asked {
        Ok(Outcome::EnrollmentCompleted(completed)) => {
            session.set_up = None;
            session.done = Some(words.is_set_up.to_owned());
            if session.signed_in.is_some() {
                vouch(app, posted, &who, &codes).await;
            }
            if completed.backup_codes.is_some() || completed.secrets_gone.is_some() {
                posted.visit.session.codes = Some(codes);
                return Ok(go_to("/set-up/codes"));
            }
        }
        Ok(Outcome::EnrollmentRejected(rejected)) => refuse(session, rejected),
        _ => session.fail(words.no_answer, None),
    }
    Ok(go_to(back))
}

fn refuse(session: &mut Session, rejected: EnrollmentRejected) {
    let is_over = matches!(rejected.next, Next::SetUp | Next::UseAnotherMethod);
    match &mut session.set_up {
        Some(_) if is_over => session.set_up = None,
        Some(set_up) => set_up.has_failed = true,
        None => {}
    }
    let field = session.set_up.is_some().then_some("confirm-code");
    session.fail(rejected.message, field);
}

/// Has the workers accept this session by the method that it has just set up, since from now on the
/// second factor guards itself: a session that came in by grace could change nothing any more.
async fn vouch(app: &App, posted: &mut Posted, who: &Who, codes: &Codes) {
    let (Codes::Totp(_, attributes) | Codes::Sms(_, attributes) | Codes::New(_, attributes)) =
        codes;
    let mut again = Attributes::new();
    again.id = format!("{}-login", attributes.id);
    again.time = attributes.time;
    let ip = posted.visit.ip();
    let asked = app.second_factor.login(who, ip, None, None, false, again);
    if let Ok(Outcome::LoginAccepted(accepted)) = asked.await
        && let Some(signed_in) = &mut posted.visit.session.signed_in
    {
        accepted.via.as_str().clone_into(&mut signed_in.via);
        signed_in.set_up_by = None;
    }
}

/// `POST /set-up/cancel`: another method, please. What was started comes to nothing by itself.
pub async fn cancel(mut posted: Posted) -> Result<Response, Stop> {
    let (_, back) = subject(&posted.visit.session)?;
    posted.visit.session.set_up = None;
    Ok(go_to(back))
}
