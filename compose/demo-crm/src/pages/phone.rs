//! The person's phone, as a page and beside the login; and where the person is. The demo alone has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::people::Person;
use crate::place::Place;
use crate::visit::{Posted, Stop, Visit};

#[derive(Template)]
#[template(path = "phone.html")]
struct PhonePage {
    page: Page,
    /// Id and name of each, and whether it is theirs that is shown.
    people: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /phone?person=…`.
pub async fn show(
    State(app): State<Arc<App>>,
    Query(asked): Query<BTreeMap<String, String>>,
    mut visit: Visit,
) -> Response {
    let person = whose(&app, &visit, asked.get("person"));
    let mut page = visit.page(|w| w.phone);
    page.phone = Some(visit.phone(&app.second_factor.phones, &person, true).await);
    let people = app.people.all.iter().map(|other| {
        let is_shown = other.user_id == person.user_id;
        (other.user_id, other.name, is_shown)
    });
    let people = people.collect();
    show_page(&PhonePage { page, people })
}

/// `GET /phone/screen`: the phone alone, which the script of a page puts in place of the one that it
/// shows.
pub async fn screen(
    State(app): State<Arc<App>>,
    Query(asked): Query<BTreeMap<String, String>>,
    visit: Visit,
) -> Response {
    let person = whose(&app, &visit, asked.get("person"));
    let shows_number = asked.get("number").is_some_and(|number| number == "true");
    show_page(
        &visit
            .phone(&app.second_factor.phones, &person, shows_number)
            .await,
    )
}

/// `POST /place`: the person goes elsewhere.
pub async fn choose_place(mut posted: Posted) -> Result<Response, Stop> {
    let place = Place::named(posted.field("place"));
    posted.visit.session.place = place.unwrap_or_default();
    // Back to a page of ours: a path, and no other host.
    let back = posted.field("back");
    let mut characters = back.chars();
    let is_path = characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'));
    Ok(go_to(if is_path { back } else { "/" }))
}

fn whose(app: &App, visit: &Visit, asked: Option<&String>) -> Arc<Person> {
    let mut all = app.people.all.iter();
    let asked = asked.and_then(|user_id| all.find(|person| person.user_id == *user_id));
    let login = visit.session.login.as_ref().map(|login| &login.who.person);
    let signed_in = visit.session.signed_in.as_ref().map(|who| &who.person);
    let person = asked.or(signed_in).or(login);
    person.unwrap_or(&app.people.all[0]).clone()
}
