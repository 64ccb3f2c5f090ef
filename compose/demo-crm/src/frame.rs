//! The frame around all pages: title, menu, what went wrong, what was done, the phone beside it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::beside::Beside;
use crate::session::{Problem, Session};
use crate::words::{Language, Words};

/// One of the words.
pub type Title = fn(&Words) -> &'static str;

/// The frame of a page.
pub struct Page {
    /// The language.
    pub language: Language,
    /// The CRM's own words in it.
    pub w: &'static Words,
    /// The title, which is the heading too.
    pub title: String,
    /// The path of this page.
    pub path: String,
    /// The same with its query.
    pub address: String,
    /// The token that each form brings along.
    pub csrf: String,
    /// Who is logged in.
    pub name: Option<&'static str>,
    /// Whether they are an administrator.
    pub is_administrator: bool,
    /// What went wrong.
    pub problem: Option<Problem>,
    /// What was done.
    pub done: Option<String>,
    /// The person's phone, in the demo alone.
    pub phone: Option<Beside>,
}

impl Page {
    /// The frame of the page at that path and address. It shows what went wrong once.
    pub fn new(session: &mut Session, path: &str, address: &str, title: Title) -> Self {
        let w = session.language.words();
        let signed_in = session.signed_in.as_ref().map(|who| &who.person);
        Self {
            language: session.language,
            w,
            title: title(w).to_owned(),
            path: path.to_owned(),
            address: address.to_owned(),
            csrf: session.csrf.clone(),
            name: signed_in.map(|person| person.name),
            is_administrator: signed_in.is_some_and(|person| person.is_administrator),
            problem: session.problem.take(),
            done: session.done.take(),
            phone: None,
        }
    }

    /// With another title.
    pub fn titled(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// What went wrong with that field.
    pub fn problem_of(&self, field: &str) -> Option<&str> {
        let problem = self.problem.as_ref()?;
        (problem.field == Some(field)).then_some(problem.message.as_str())
    }

    /// Whether a link of the menu leads to this page, or to what it is part of.
    pub fn is_at(&self, address: &str) -> bool {
        let is_set_up = self.path.starts_with("/set-up");
        match address {
            "/account" => self.path == address,
            "/account/two-factor" | "/login" if is_set_up => true,
            _ => self.path.starts_with(address),
        }
    }

    /// This page in the other language.
    pub fn in_other_language(&self) -> String {
        let sign = if self.address.contains('?') { '&' } else { '?' };
        format!(
            "{}{sign}lang={}",
            self.address,
            self.language.other().code()
        )
    }
}

/// A page as an answer.
pub fn show(template: &impl Template) -> Response {
    let html = template.render();
    Html(html.expect("a template of ours writes to a string")).into_response()
}

/// After a POST: the page that shows what came of it.
pub fn go_to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

#[derive(Template)]
#[template(path = "sentence.html")]
struct Sentence {
    page: Page,
    sentence: &'static str,
}

/// A page that says one thing.
pub fn sentence(page: Page, status: StatusCode, text: Title) -> Response {
    let sentence = text(page.w);
    (status, show(&Sentence { page, sentence })).into_response()
}
