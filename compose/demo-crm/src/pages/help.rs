//! "I can't use any of these": who helps, and what they do.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::frame::{Page, show as show_page};
use crate::people::Person;
use crate::visit::{Stop, Visit};

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    page: Page,
    administrators: Vec<Arc<Person>>,
    institution: &'static str,
}

/// `GET /login/help`.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Result<Response, Stop> {
    let login = visit.session.login.as_ref().map(|login| &login.who.person);
    let signed_in = visit.session.signed_in.as_ref().map(|who| &who.person);
    let person = login.or(signed_in).ok_or(Stop::LogIn)?;
    let institution = person.institution.clone();
    let administrators = app.people.of(&institution);
    let administrators = administrators.filter(|person| person.is_administrator);
    Ok(show_page(&HelpPage {
        administrators: administrators.cloned().collect(),
        institution: institution.name,
        page: visit.page(|w| w.help),
    }))
}
