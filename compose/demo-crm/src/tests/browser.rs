//! A browser of few words: it keeps cookies, follows no redirect, and fills in forms as they stand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;
use twofactor_client::FakeClient;

use crate::addresses::router;
use crate::app::App;

/// The CRM under test, and what answers it.
pub struct Crm {
    pub app: Arc<App>,
    pub fake: FakeClient,
    router: Router,
}

impl Crm {
    pub fn new() -> Self {
        let fake = FakeClient::new();
        // Nothing listens there, and the phones say so.
        let app = Arc::new(App::new(fake.client(), "http://127.0.0.1:9"));
        let router = router(app.clone());
        Self { app, fake, router }
    }

    pub fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            page: String::new(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
        }
    }

    /// A browser in which that person is logged in by app.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        self.fake.answers("login.accepted.v1");
        browser.log_in(email).await;
        assert_eq!(browser.location(), "/account");
        browser
    }

    /// A browser that is asked for a code.
    pub async fn challenged(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        self.fake.answers("login.challenged.v1");
        browser.log_in(email).await;
        assert_eq!(browser.location(), "/login/code");
        browser.get("/login/code").await;
        browser
    }

    /// The member of the newest event.
    pub fn newest(&self, member: &str) -> String {
        let requests = self.fake.requests();
        let event = requests.last().expect("an event");
        let value = event.get(member).or_else(|| event["data"].get(member));
        match value {
            Some(serde_json::Value::String(text)) => text.clone(),
            other => other.map(ToString::to_string).unwrap_or_default(),
        }
    }
}

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub page: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
}

impl Browser {
    pub async fn get(&mut self, path: &str) {
        let request = Request::get(path);
        self.send(request, Body::empty()).await;
    }

    /// Sends the form of the page that goes to that address, with these fields filled in.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) {
        let body = self.filled_in(action, fields);
        self.post(action, &body).await;
    }

    /// The body of that form, so that it can be sent twice.
    pub fn filled_in(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let begin = self.page.find(&format!("action=\"{action}\""));
        let begin = begin.unwrap_or_else(|| panic!("no form to {action} in {}", self.page));
        let form = self.page[begin..].split("</form>").next().expect("a form");
        let mut all = Vec::new();
        for input in form.split("<input type=\"hidden\" ").skip(1) {
            if let (Some(name), Some(value)) = (attribute(input, "name"), attribute(input, "value"))
            {
                all.push(format!("{name}={}", encoded(value)));
            }
        }
        for (name, value) in fields {
            all.push(format!("{name}={}", encoded(value)));
        }
        all.join("&")
    }

    pub async fn post(&mut self, path: &str, body: &str) {
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body.to_owned())).await;
    }

    /// E-mail and password of one of the demo's people.
    pub async fn log_in(&mut self, email: &str) {
        let name = email.split('@').next().expect("a name");
        self.get("/login").await;
        let fields = [
            ("email", email),
            ("password", &format!("{name}-likes-the-demo")),
        ];
        self.submit("/login", &fields).await;
    }

    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let request = request
            .header(COOKIE, cookies.join("; "))
            .extension(ConnectInfo(peer));
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await;
        let response = response.expect("the router always answers");
        self.status = response.status();
        self.headers = response.headers().clone();
        for set in self.headers.get_all(SET_COOKIE) {
            let set = cookie::Cookie::parse(set.to_str().expect("ASCII").to_owned());
            let set = set.expect("a cookie");
            if set.max_age().is_some_and(cookie::time::Duration::is_zero) {
                self.cookies.remove(set.name());
            } else {
                self.cookies
                    .insert(set.name().to_owned(), set.value().to_owned());
            }
        }
        let body = to_bytes(response.into_body(), usize::MAX).await;
        self.page = String::from_utf8(body.expect("a body").to_vec()).expect("UTF-8");
    }

    /// Where the answer leads.
    pub fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.map_or("", |location| location.to_str().expect("ASCII"))
    }

    /// The tag with that id, from `<` to `>`.
    pub fn tag(&self, id: &str) -> &str {
        let at = self.page.find(&format!("id=\"{id}\""));
        let at = at.unwrap_or_else(|| panic!("no #{id} in {}", self.page));
        let begin = self.page[..at].rfind('<').expect("a tag");
        let end = self.page[at..].find('>').expect("the end of a tag");
        &self.page[begin..=at + end]
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = tag.split(&format!("{name}=\"")).nth(1)?;
    rest.split('"').next()
}

fn encoded(value: &str) -> String {
    let mut all = String::new();
    for byte in value.bytes() {
        all.push('%');
        all.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
    }
    all
}
