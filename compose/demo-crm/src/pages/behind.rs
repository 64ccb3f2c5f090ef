//! Behind the scenes: events and outcomes as they passed, newest first, secrets blotted.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::frame::{Page, show as show_page};
use crate::record::Exchange;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "behind.html")]
struct BehindPage {
    page: Page,
    exchanges: Vec<Exchange>,
}

/// `GET /behind-the-scenes`.
pub async fn show(State(app): State<Arc<App>>, mut visit: Visit) -> Response {
    show_page(&BehindPage {
        exchanges: app.second_factor.record.list(),
        page: visit.page(|w| w.behind),
    })
}
