//! E-mail and password, and what comes of a login: let in, asked for a code, or neither.
//!
//! `login.accepted` is the one outcome that lets a person in, and it does so in a session with a new
//! id. The password is checked here and goes to nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use cookie::{Cookie, SameSite};
use jiff::Timestamp;
use twofactor_client::types::{LoginAccepted, Next, Remembered};
use twofactor_client::{Outcome, Secret};

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::login::Login;
use crate::people::Person;
use crate::second_factor::{Asked, Who};
use crate::session::{Session, SignedIn, cookie};
use crate::visit::{Posted, Stop, Visit, set_cookie};

/// Seconds of thirty days, the longest that a browser is remembered.
const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    event: String,
    email: String,
    /// Filled in for the demo alone.
    password: String,
    institutions: Vec<(&'static str, Vec<Arc<Person>>)>,
}

/// `GET /login`, with `?email=` filled in for one of the demo's people.
pub async fn show(
    State(app): State<Arc<App>>,
    Query(asked): Query<BTreeMap<String, String>>,
    mut visit: Visit,
) -> Response {
    if visit.session.signed_in.is_some() {
        return go_to("/account");
    }
    let person = asked
        .get("email")
        .and_then(|email| app.people.by_email(email));
    let typed = visit.session.typed_email.take().unwrap_or_default();
    let institutions = app.people.institutions.iter().map(|institution| {
        let people = app.people.of(institution).cloned().collect();
        (institution.name, people)
    });
    show_page(&LoginPage {
        event: visit.session.forms.id("login"),
        email: person.map_or(typed, |person| person.email.clone()),
        password: person.map_or(String::new(), |person| person.password()),
        institutions: institutions.collect(),
        page: visit.page(|w| w.log_in),
    })
}

/// `POST /login`: where the password is right, the workers are asked what else is needed.
pub async fn check_password(
    State(app): State<Arc<App>>,
    mut posted: Posted,
) -> Result<Response, Stop> {
    let email = posted.field("email").to_owned();
    let person = app.people.by_email(&email).cloned();
    let person = person.filter(|person| person.has_password(posted.field("password")));
    let Some(person) = person else {
        let session = &mut posted.visit.session;
        session.typed_email = Some(email);
        let message = session.language.words().wrong_password;
        session.fail(message, Some("email"));
        return Ok(go_to("/login"));
    };
    if !posted.visit.session.language_is_chosen {
        posted.visit.session.language = person.language;
    }
    let token = posted.visit.cookie(&remember_cookie_name(&person));
    let ip = posted.visit.ip();
    let attributes = posted.attributes("login", &format!("{ip} {token:?}"));
    let who = Who {
        person,
        // Named after the event that begins it: random, and the same for a double click.
        session_id: format!("login-{}", attributes.id),
        language: posted.visit.session.language,
    };
    let asked = app
        .second_factor
        .login(&who, ip, token, None, false, attributes);
    let asked = asked.await;
    if asked.is_ok() {
        posted.visit.session.forms.answered("login");
    }
    Ok(answer(&app, &mut posted.visit, who, asked, "/login"))
}

/// What comes of a login's event, sent at that step.
pub fn answer(app: &App, visit: &mut Visit, who: Who, asked: Asked, step: &str) -> Response {
    let now = Timestamp::now();
    let session = &mut visit.session;
    match asked {
        Ok(Outcome::LoginAccepted(accepted)) => let_in(app, visit, &who, &accepted),
        Ok(Outcome::LoginChallenged(challenge)) => {
            let remembered = challenge.remembered.clone();
            let needs_set_up = challenge.next == Next::SetUp;
            match &mut session.login {
                Some(login) if login.who.session_id == who.session_id => {
                    login.challenge(challenge, now);
                }
                login => *login = Some(Login::challenged(who.clone(), challenge, now)),
            }
            session.set_up = None;
            let next = if needs_set_up {
                "/login/set-up"
            } else {
                "/login/code"
            };
            let mut response = go_to(next);
            // At another address it is still good at its own: then the cookie stays.
            if matches!(remembered, Some(Remembered::Expired | Remembered::Unknown)) {
                set_cookie(&mut response, &no_remember_cookie(&who.person));
            }
            response
        }
        Ok(Outcome::LoginRejected(rejected)) => {
            let message = rejected.message.clone();
            if rejected.next == Next::TryAgain {
                // A login begins with the password.
                session.login = None;
                session.fail(message, None);
                return go_to("/login");
            }
            match &mut session.login {
                Some(login) if login.who.session_id == who.session_id => {
                    login.reject(rejected, now);
                }
                login => *login = Some(Login::rejected(who, rejected, now)),
            }
            session.fail(message, Some("code"));
            go_to(if step == "/login" {
                "/login/code"
            } else {
                step
            })
        }
        // No answer, or an outcome that is none of a login: nobody is let in.
        Ok(_) | Err(_) => {
            let message = session.language.words().no_answer;
            session.fail(message, None);
            go_to(step)
        }
    }
}

/// The session begins, under a new id and with a new token for its forms.
fn let_in(app: &App, visit: &Visit, who: &Who, accepted: &LoginAccepted) -> Response {
    let old = &visit.session;
    let mut session = Session::new(old.language, old.place);
    session.language_is_chosen = old.language_is_chosen;
    session.signed_in = Some(SignedIn {
        person: who.person.clone(),
        session_id: who.session_id.clone(),
        via: accepted.via.as_str().to_owned(),
        backup_codes_left: accepted.backup_codes_left,
        set_up_by: accepted.set_up_by,
    });
    let id = app.sessions.begin(session);
    app.sessions.end_soon(&visit.session_key, &who.person);
    let mut response = go_to("/account");
    set_cookie(&mut response, &cookie(&id));
    if let (Some(token), Some(until)) = (&accepted.remember_token, accepted.remembered_until) {
        set_cookie(&mut response, &remember_cookie(&who.person, token, until));
    }
    response
}

/// `POST /logout`.
pub async fn log_out(State(app): State<Arc<App>>, posted: Posted) -> Response {
    let old = &posted.visit.session;
    let mut session = Session::new(old.language, old.place);
    session.language_is_chosen = old.language_is_chosen;
    session.done = Some(old.language.words().logged_out.to_owned());
    app.sessions.end(&posted.visit.session_key);
    let id = app.sessions.begin(session);
    let mut response = go_to("/login");
    set_cookie(&mut response, &cookie(&id));
    response
}

/// One cookie for each person, so that colleagues at one browser do not end each other's. A user id is
/// unique within its institution alone. The ids here are good names of cookies; encode others.
fn remember_cookie_name(person: &Person) -> String {
    let tenant_id = &person.institution.tenant_id;
    format!("__Host-remember-{tenant_id}-{}", person.user_id)
}

fn remember_cookie(person: &Person, token: &Secret, until: Timestamp) -> Cookie<'static> {
    let left = until.duration_since(Timestamp::now()).as_secs();
    let seconds = left.clamp(0, THIRTY_DAYS);
    cookie_to_remember(person, token.reveal().clone(), seconds)
}

fn no_remember_cookie(person: &Person) -> Cookie<'static> {
    cookie_to_remember(person, String::new(), 0)
}

fn cookie_to_remember(person: &Person, token: String, seconds: i64) -> Cookie<'static> {
    Cookie::build((remember_cookie_name(person), token))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds))
        .build()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::people::People;

    #[test]
    fn a_browser_is_remembered_for_thirty_days_at_most() {
        let people = People::new("t");
        let anna = &people.all[0];
        let token = Secret::from("abc");
        let cookie = |days: i64| {
            let until = Timestamp::now() + SignedDuration::from_hours(24 * days);
            remember_cookie(anna, &token, until).to_string()
        };
        assert_eq!(
            cookie(40),
            "__Host-remember-north-t-anna=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000"
        );
        assert!(cookie(-1).ends_with("Max-Age=0"));
        assert!(no_remember_cookie(anna).to_string().contains("anna=;"));
    }
}
