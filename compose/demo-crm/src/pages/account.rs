//! The home of who is logged in, and the change of the password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::visit::{Posted, Stop, Visit};
use crate::when;

/// Characters of a password, at least (NIST SP 800-63B-4, section 3.1.1.2).
const SHORTEST: usize = 15;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    event: String,
    institution: &'static str,
    email: String,
    /// How they were let in, as a sentence.
    via: &'static str,
    set_up_by: Option<String>,
    backup_codes_left: Option<i64>,
}

/// `GET /account`.
pub async fn show(State(_): State<Arc<App>>, mut visit: Visit) -> Result<Response, Stop> {
    let signed_in = visit.signed_in()?.clone();
    let event = visit.session.forms.id("password");
    let page = visit.page(|w| w.account);
    let language = page.language;
    Ok(show_page(&AccountPage {
        event,
        institution: signed_in.person.institution.name,
        email: signed_in.person.email.clone(),
        via: page.w.via(&signed_in.via),
        set_up_by: signed_in
            .set_up_by
            .map(|until| when::moment(until, language)),
        backup_codes_left: signed_in.backup_codes_left,
        page,
    }))
}

/// `POST /account/password`: a new password forgets every remembered browser, and ends every other
/// session of the person.
pub async fn change_password(
    State(app): State<Arc<App>>,
    mut posted: Posted,
) -> Result<Response, Stop> {
    let who = posted.visit.who()?;
    let new = posted.field("new").to_owned();
    let is_right = who.person.has_password(posted.field("password"));
    let session = &mut posted.visit.session;
    let words = session.language.words();
    if !is_right {
        session.fail(words.wrong_old_password, Some("password"));
        return Ok(go_to("/account"));
    }
    if new.chars().count() < SHORTEST {
        session.fail(words.short_password, Some("new"));
        return Ok(go_to("/account"));
    }
    let attributes = posted.attributes("password", "");
    let asked = app.second_factor.browsers_forgotten(&who, None, attributes);
    let asked = asked.await;
    let session = &mut posted.visit.session;
    if asked.is_err() {
        // Nothing is changed: a new password beside old remembered browsers would be half a change.
        session.fail(words.no_answer, None);
        return Ok(go_to("/account"));
    }
    session.forms.answered("password");
    session.done = Some(words.password_changed.to_owned());
    who.person.set_password(&new);
    let this_one = posted.visit.session_key.as_str();
    app.sessions.end_all_of(&who.person, Some(this_one));
    Ok(go_to("/account"))
}
