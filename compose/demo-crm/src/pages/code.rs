//! The code: one field, the methods that are set up, and the button for a text.
//!
//! What is offered follows `next` and `methods` of the last outcome, what is said its `message`. The
//! server refuses a text that comes too early, whatever the page shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use twofactor_client::Outcome;
use twofactor_client::types::{Method, Next};

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::login::{Login, later, seconds_until};
use crate::pages::login::answer;
use crate::second_factor::Who;
use crate::session::Session;
use crate::visit::{Posted, Stop, Visit};
use crate::when;

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    page: Page,
    /// The method of the page, as a word of the contract; empty where there is none.
    method: String,
    methods: Vec<String>,
    message: String,
    /// Whether the person must turn to an administrator.
    asks_admin: bool,
    event: String,
    text_event: String,
    remember: bool,
    wait: Option<Wait>,
    text_wait: Option<Wait>,
    text_sent: bool,
}

/// A wait: seconds, and the same for people.
pub struct Wait {
    /// Seconds, rounded up.
    pub seconds: i64,
    /// Such as `4 min 10 s`.
    pub left: String,
}

impl Wait {
    /// What is left until then.
    pub fn until(then: Option<Timestamp>, now: Timestamp, session: &Session) -> Option<Self> {
        let seconds = seconds_until(then, now)?;
        let left = when::left(seconds, session.language);
        Some(Self { seconds, left })
    }
}

/// `GET /login/code?method=…`.
pub async fn show(
    State(app): State<Arc<App>>,
    Query(asked): Query<BTreeMap<String, String>>,
    mut visit: Visit,
) -> Result<Response, Stop> {
    let (who, _) = on_its_way(&mut visit)?;
    let event = visit.session.forms.id("code");
    let text_event = visit.session.forms.id("text");
    let login = visit.session.login.as_ref().ok_or(Stop::LogIn)?;
    if login.next == Next::SetUp {
        return Ok(go_to("/login/set-up"));
    }
    let now = visit.received;
    let method = login.method(asked.get("method").map(String::as_str));
    let method = method.map_or(String::new(), |method| method.as_str().to_owned());
    let methods = login
        .methods
        .iter()
        .map(|method| method.as_str().to_owned());
    let mut shown = CodePage {
        methods: methods.collect(),
        message: login.message.clone(),
        asks_admin: login.next == Next::AskAdmin,
        event,
        text_event,
        remember: login.remember,
        wait: Wait::until(login.wait_until, now, &visit.session),
        text_wait: Wait::until(login.next_text_at, now, &visit.session),
        text_sent: login.text_sent,
        page: visit.page(|w| w.enter_code),
        method,
    };
    let w = shown.page.w;
    shown.page.title = match shown.method.as_str() {
        "totp" => w.enter_totp,
        "sms" => w.enter_sms,
        "backup" => w.enter_backup,
        _ => w.enter_code,
    }
    .to_owned();
    shown.page.phone = Some(
        visit
            .phone(&app.second_factor.phones, &who.person, false)
            .await,
    );
    Ok(show_page(&shown))
}

/// `POST /login/code`: the code as it was typed goes to the workers.
pub async fn check(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let (who, step) = on_its_way(&mut posted.visit)?;
    let method = match posted.field("method") {
        "totp" => Method::Totp,
        "sms" => Method::Sms,
        "backup" => Method::Backup,
        _ => return Ok(go_to(step)),
    };
    let step = format!("{step}?method={}", method.as_str());
    let remember = posted.is_ticked("remember");
    let code = posted.field("code").to_owned();
    if let Some(login) = &mut posted.visit.session.login {
        login.remember = remember;
    }
    if code.trim().is_empty() {
        let session = &mut posted.visit.session;
        let message = session.language.words().no_code;
        session.fail(message, Some("code"));
        return Ok(go_to(&step));
    }
    let ip = posted.visit.ip();
    let attributes = posted.attributes("code", &format!("{ip} {}", who.session_id));
    let code = Some((method, code.as_str()));
    let asked = app
        .second_factor
        .login(&who, ip, None, code, remember, attributes);
    let asked = asked.await;
    if asked.is_ok() {
        posted.visit.session.forms.answered("code");
    }
    Ok(answer(&app, &mut posted.visit, who, asked, &step))
}

/// `POST /login/text`: a code by text, or how long to wait for one.
pub async fn send_text(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let (who, step) = on_its_way(&mut posted.visit)?;
    let step = format!("{step}?method=sms");
    let attributes = posted.attributes("text", &who.session_id);
    let asked = app.second_factor.text_requested(&who, attributes).await;
    let now = Timestamp::now();
    let session = &mut posted.visit.session;
    let words = session.language.words();
    if asked.is_ok() {
        session.forms.answered("text");
    }
    let Some(login) = &mut session.login else {
        return Err(Stop::LogIn);
    };
    match asked {
        Ok(Outcome::SmsSent(sent)) => {
            login.text_sent = true;
            login.next_text_at = Some(sent.next_request_at);
            login.message.clone_from(&sent.message);
            session.done = Some(sent.message);
        }
        Ok(Outcome::SmsThrottled(throttled)) => {
            login.next_text_at = later(now, Some(throttled.retry_after_seconds));
            session.fail(throttled.message, None);
        }
        Ok(Outcome::SmsFailed(failed)) => {
            login.next_text_at = later(now, failed.retry_after_seconds);
            if failed.next == Next::AskAdmin {
                login.next = Next::AskAdmin;
            }
            if failed.next == Next::UseAnotherMethod {
                login.methods.retain(|method| *method != Method::Sms);
            }
            session.fail(failed.message, None);
        }
        Ok(_) | Err(_) => session.fail(words.no_answer, None),
    }
    Ok(go_to(&step))
}

/// The person whose login is on its way, and the page of its code.
fn on_its_way(visit: &mut Visit) -> Result<(Who, &'static str), Stop> {
    if visit.session.signed_in.is_some() {
        return Err(go_to("/account").into());
    }
    let who = visit.session.login.as_ref().map(|login: &Login| Who {
        language: visit.session.language,
        ..login.who.clone()
    });
    Ok((who.ok_or(Stop::LogIn)?, "/login/code"))
}
