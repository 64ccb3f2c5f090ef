//! The pages: what each shows, and what its forms do.
//!
//! A page asks `second_factor` and lays out what comes back. No page decides whether a code is right,
//! and none lets anybody in but on `login.accepted`.

pub mod account;
pub mod admin;
pub mod behind;
pub mod code;
pub mod codes;
pub mod help;
pub mod login;
pub mod mail;
pub mod phone;
pub mod set_up;
pub mod two_factor;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::frame::sentence;
use crate::visit::Visit;

/// There is no such page.
pub async fn not_found(State(_): State<Arc<App>>, mut visit: Visit) -> Response {
    let page = visit.page(|w| w.not_found);
    sentence(page, StatusCode::NOT_FOUND, |w| w.not_found_more)
}

/// The page is for administrators.
pub fn forbidden(mut visit: Visit) -> Response {
    let page = visit.page(|w| w.forbidden);
    sentence(page, StatusCode::FORBIDDEN, |w| w.forbidden_more)
}
