//! The backup codes: the last step of a set-up, or a new set.
//!
//! They are not kept here. Until they are saved each page asks for them again, by the very event that
//! brought them; after that they are on no page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use twofactor_client::Outcome;

use crate::app::App;
use crate::frame::{Page, go_to, show as show_page};
use crate::pages::login::answer;
use crate::pages::set_up::subject;
use crate::second_factor::Who;
use crate::set_up::Codes;
use crate::visit::{Posted, Stop, Visit};

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage {
    page: Page,
    event: String,
    codes: Vec<String>,
    /// Whether they are the last step of a set-up.
    is_set_up: bool,
    /// Whether the login goes on from here.
    is_login: bool,
}

/// `GET /set-up/codes`: the backup codes, until they are saved.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Result<Response, Stop> {
    let (who, back) = subject(&visit.session)?;
    let Some(codes) = backup_codes(&app, &visit, &who).await else {
        return Ok(go_to(back));
    };
    let event = visit.session.forms.id("saved");
    let is_login = visit.session.signed_in.is_none();
    let is_set_up = !matches!(visit.session.codes, Some(Codes::New(..)));
    let mut page = visit.page(|w| w.backup_codes);
    page.phone = Some(
        visit
            .phone(&app.second_factor.phones, &who.person, false)
            .await,
    );
    Ok(show_page(&CodesPage {
        page,
        event,
        codes,
        is_set_up,
        is_login,
    }))
}

/// `GET /set-up/codes.txt`: the same as a file.
pub async fn download(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Stop> {
    let (who, back) = subject(&visit.session)?;
    let Some(codes) = backup_codes(&app, &visit, &who).await else {
        return Ok(go_to(back));
    };
    let words = visit.session.language.words();
    let institution = who.person.institution.name;
    let text = format!(
        "{}\n{institution}\n\n{}\n",
        words.backup_codes,
        codes.join("\n")
    );
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"backup-codes.txt\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// The codes, asked for again by the event that brought them; empty where the workers keep them no
/// longer, `None` where there are none to show.
async fn backup_codes(app: &App, visit: &Visit, who: &Who) -> Option<Vec<String>> {
    let codes = visit.session.codes.as_ref()?;
    let codes = match app.second_factor.codes(who, codes).await {
        Ok(Outcome::EnrollmentCompleted(completed)) => completed.backup_codes,
        Ok(Outcome::EnrollmentBackupCodes(new)) => new.backup_codes,
        _ => None,
    };
    Some(codes.map_or_else(Vec::new, |codes| codes.reveal().clone()))
}

/// `POST /set-up/saved`: the codes are on no page any more, and a login goes on.
pub async fn saved(State(app): State<Arc<App>>, mut posted: Posted) -> Result<Response, Stop> {
    let (who, back) = subject(&posted.visit.session)?;
    if !posted.is_ticked("saved") {
        let session = &mut posted.visit.session;
        let message = session.language.words().not_saved;
        session.fail(message, Some("saved"));
        return Ok(go_to("/set-up/codes"));
    }
    if posted.visit.session.signed_in.is_some() {
        posted.visit.session.codes = None;
        posted.visit.session.forms.answered("saved");
        return Ok(go_to(back));
    }
    let ip = posted.visit.ip();
    let remember = posted.is_ticked("remember");
    let attributes = posted.attributes("saved", &format!("{ip} {}", who.session_id));
    let asked = app
        .second_factor
        .login(&who, ip, None, None, remember, attributes);
    let asked = asked.await;
    if asked.is_ok() {
        posted.visit.session.codes = None;
        posted.visit.session.forms.answered("saved");
    }
    Ok(answer(&app, &mut posted.visit, who, asked, "/set-up/codes"))
}
