//! The outbox as a page: the notices that a CRM would have sent.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::frame::{Page, show as show_page};
use crate::mail::Mail;
use crate::visit::Visit;
use crate::when;

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    page: Page,
    mails: Vec<Mail>,
}

/// `GET /mail`.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Response {
    show_page(&MailPage {
        mails: app.second_factor.outbox.list(),
        page: visit.page(|w| w.mail),
    })
}
