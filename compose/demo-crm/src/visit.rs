//! A request of a browser: its session, where it comes from, and for a form what only our own pages
//! can send.
//!
//! Each POST has the token of its session, and comes from our own origin as far as the browser says so.
//! One request of a session is served at a time, so that the second click of a double click finds what
//! the first one did. Nothing here knows what a page is about.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Form, FromRequest, FromRequestParts, Query, Request, State};
use axum::http::header::{COOKIE as COOKIES, HOST, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::Cookie;
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::sync::{Mutex, OwnedMutexGuard};
use twofactor_client::Attributes;

use crate::app::App;
use crate::beside::Beside;
use crate::frame::{Page, Title, sentence};
use crate::people::Person;
use crate::phone::Phones;
use crate::place::{Place, address_of_person};
use crate::second_factor::Who;
use crate::session::{COOKIE, Session, SignedIn, cookie};
use crate::words::Language;

/// The session of a request, in its extensions.
#[derive(Clone)]
struct Found {
    id: String,
    session: Arc<Mutex<Session>>,
}

/// Why a request is not served.
pub enum Stop {
    /// Nobody is logged in: to the login page.
    LogIn,
    /// An answer of its own.
    With(Box<Response>),
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::With(Box::new(response))
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::LogIn => Redirect::to("/login").into_response(),
            Self::With(response) => *response,
        }
    }
}

/// A request, with its session for as long as it is served.
pub struct Visit {
    /// The session.
    pub session: OwnedMutexGuard<Session>,
    /// The value of the session's cookie.
    pub session_key: String,
    /// The path.
    pub path: String,
    /// The path with its query but for the language, for links back to the same page.
    pub address: String,
    /// When the request came in: the `time` of its event.
    pub received: Timestamp,
    peer: IpAddr,
    headers: HeaderMap,
}

impl Visit {
    /// Who is let in.
    pub fn signed_in(&self) -> Result<&SignedIn, Stop> {
        self.session.signed_in.as_ref().ok_or(Stop::LogIn)
    }

    /// Who is let in, as the workers know them.
    pub fn who(&self) -> Result<Who, Stop> {
        let signed_in = self.signed_in()?;
        Ok(Who {
            person: signed_in.person.clone(),
            session_id: signed_in.session_id.clone(),
            language: self.session.language,
        })
    }

    /// The person's own address: `ip` of a login.
    pub fn ip(&self) -> IpAddr {
        address_of_person(self.peer, self.session.place)
    }

    /// The frame of the page that is asked for.
    pub fn page(&mut self, title: Title) -> Page {
        Page::new(&mut self.session, &self.path, &self.address, title)
    }

    /// What that person's phone shows now.
    pub async fn phone(&self, phones: &Phones, person: &Person, shows_number: bool) -> Beside {
        Beside::new(phones, &self.session, self.ip(), person, shows_number).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookie_in(&self.headers, name)
    }
}

/// A form that our own page sent.
pub struct Posted {
    /// The request.
    pub visit: Visit,
    fields: BTreeMap<String, String>,
}

impl Posted {
    /// What a field holds, as it was typed; nothing where it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether a box is ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }

    /// The attributes of the event that the form of this name is: the same form with the same content
    /// is the same event. `besides` is what the event holds and no field.
    pub fn attributes(&mut self, name: &str, besides: &str) -> Attributes {
        let id = self.field("event").to_owned();
        let typed: Vec<(&String, &String)> = self
            .fields
            .iter()
            .filter(|(field, _)| !["csrf", "event"].contains(&field.as_str()))
            .collect();
        let content = (typed, self.visit.session.language.code(), besides);
        let received = self.visit.received;
        let forms = &mut self.visit.session.forms;
        forms.attributes(name, &id, content, received)
    }
}

/// Finds the session of a request, or begins one; and changes its language where the link says so.
pub async fn with_session(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = cookie_in(request.headers(), COOKIE);
    let known = id.and_then(|id| app.sessions.find(&id).map(|session| Found { id, session }));
    let is_new = known.is_none();
    let found = known.unwrap_or_else(|| {
        let id = app
            .sessions
            .begin(Session::new(Language::English, Place::default()));
        let session = app.sessions.find(&id).expect("it has just begun");
        Found { id, session }
    });
    let asked = Query::<BTreeMap<String, String>>::try_from_uri(request.uri());
    let asked = asked
        .ok()
        .and_then(|asked| Language::of(asked.get("lang")?));
    if let Some(language) = asked {
        let mut session = found.session.lock().await;
        session.language = language;
        session.language_is_chosen = true;
    }
    let id = found.id.clone();
    request.extensions_mut().insert(found);
    let mut response = next.run(request).await;
    let is_set = response.headers().get_all(SET_COOKIE).iter().any(|set| {
        let name = set.as_bytes().split(|byte| *byte == b'=').next();
        name == Some(COOKIE.as_bytes())
    });
    if is_new && !is_set {
        set_cookie(&mut response, &cookie(&id));
    }
    response
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: &Cookie<'_>) {
    let value = HeaderValue::from_str(&cookie.to_string());
    let value = value.expect("our cookies have names and values of ASCII");
    response.headers_mut().append(SET_COOKIE, value);
}

fn without_language(path: &str, query: &str) -> String {
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let kept: Vec<&str> = kept.collect();
    if kept.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", kept.join("&"))
}

fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
    let written = headers.get_all(COOKIES).iter();
    let written = written.filter_map(|value| value.to_str().ok());
    let mut cookies = written.flat_map(|value| Cookie::split_parse(value.to_owned()));
    let found = cookies.find_map(|cookie| cookie.ok().filter(|cookie| cookie.name() == name));
    found.map(|cookie| cookie.value().to_owned())
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Stop> {
        let received = Timestamp::now();
        let found = parts.extensions.get::<Found>().expect("with_session ran");
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.expect("the server says who connects").0.ip();
        Ok(Self {
            session: found.session.clone().lock_owned().await,
            session_key: found.id.clone(),
            path: parts.uri.path().to_owned(),
            address: without_language(parts.uri.path(), parts.uri.query().unwrap_or_default()),
            received,
            peer,
            headers: parts.headers.clone(),
        })
    }
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Stop;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Stop> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let is_from_here = is_from_here(&parts.headers);
        let request = Request::from_parts(parts, body);
        let form = Form::<BTreeMap<String, String>>::from_request(request, app).await;
        let fields = form.map(|Form(fields)| fields).unwrap_or_default();
        let sent = fields.get("csrf").map_or("", String::as_str);
        let is_ours: bool = visit.session.csrf.as_bytes().ct_eq(sent.as_bytes()).into();
        if !is_from_here || !is_ours {
            return Err(old_form(visit).into());
        }
        Ok(Self { visit, fields })
    }
}

/// A form that our page of now did not send: of another site, or of a session that is over.
fn old_form(mut visit: Visit) -> Response {
    let page = visit.page(|w| w.old_form);
    sentence(page, StatusCode::FORBIDDEN, |w| w.old_form_more)
}

/// Whether a form comes from a page of ours, as far as the browser says so. With `no-referrer` a
/// browser says `Origin: null` of our own pages too, and then `Sec-Fetch-Site` counts; a browser that
/// says neither has the token alone.
fn is_from_here(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    if let Some(site) = said("sec-fetch-site") {
        return site == b"same-origin";
    }
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match origin {
        None | Some("null") => true,
        Some(origin) => origin.split_once("://").map(|(_, host)| host) == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                let name = name.parse().expect("a name");
                (name, HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_says() {
        let host = ("host", "127.0.0.1:8090");
        for (said, is_ours) in [
            (vec![], true),
            (vec![("origin", "null")], true),
            (vec![("origin", "http://127.0.0.1:8090")], true),
            (vec![("origin", "http://127.0.0.1:8091")], false),
            (vec![("origin", "https://evil.example")], false),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (
                vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
                false,
            ),
            (
                vec![("origin", "null"), ("sec-fetch-site", "same-origin")],
                true,
            ),
        ] {
            let said = [vec![host], said].concat();
            assert_eq!(is_from_here(&headers(&said)), is_ours, "{said:?}");
        }
    }

    #[test]
    fn a_link_to_the_other_language_leads_to_the_same_page() {
        assert_eq!(without_language("/login/code", ""), "/login/code");
        let address = without_language("/login/code", "lang=cy&method=sms");
        assert_eq!(address, "/login/code?method=sms");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = headers(&[("cookie", "a=1; __Host-session=xyz; b=2")]);
        assert_eq!(cookie_in(&headers, COOKIE).as_deref(), Some("xyz"));
        assert_eq!(cookie_in(&headers, "session"), None);
    }
}
