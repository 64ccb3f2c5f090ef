//! The addresses of the pages.
//!
//! Everything changes by a POST that ends with 303, so that a reload shows the page and sends nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

use crate::app::App;
use crate::pages::{
    account, admin, behind, code, codes, help, login, mail, phone, set_up, two_factor,
};
use crate::visit::with_session;
use crate::{headers, pages};

/// Bytes of a form; those of our pages have a few hundred.
const LARGEST_FORM: usize = 16 * 1024;

/// All addresses.
pub fn router(app: Arc<App>) -> Router {
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to("/account") }))
        .merge(login_addresses())
        .merge(account_addresses())
        .merge(administrator_addresses())
        .route("/mail", get(mail::show))
        .route("/behind-the-scenes", get(behind::show))
        .route("/phone", get(phone::show))
        .route("/phone/screen", get(phone::screen))
        .route("/place", post(phone::choose_place))
        .fallback(pages::not_found)
        .layer(middleware::from_fn_with_state(app.clone(), with_session))
        .layer(DefaultBodyLimit::max(LARGEST_FORM));
    Router::new()
        .route("/static/style.css", get(style))
        .route("/static/app.js", get(script))
        .route("/static/icon.svg", get(icon))
        .route("/healthz", get(|| async { "well\n" }))
        .merge(pages)
        .layer(middleware::from_fn(headers::add))
        .with_state(app)
}

fn login_addresses() -> Router<Arc<App>> {
    Router::new()
        .route("/login", get(login::show).post(login::check_password))
        .route("/login/code", get(code::show).post(code::check))
        .route("/login/text", post(code::send_text))
        .route("/login/help", get(help::show))
        .route("/login/set-up", get(set_up::show))
        .route("/logout", post(login::log_out))
        // A set-up is the same at the login and in the tab.
        .route("/set-up/totp", post(set_up::start_totp))
        .route("/set-up/totp/confirm", post(set_up::confirm_totp))
        .route("/set-up/sms", post(set_up::start_sms))
        .route("/set-up/sms/confirm", post(set_up::confirm_sms))
        .route("/set-up/cancel", post(set_up::cancel))
        .route("/set-up/codes", get(codes::show))
        .route("/set-up/codes.txt", get(codes::download))
        .route("/set-up/saved", post(codes::saved))
}

fn account_addresses() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/two-factor", get(two_factor::show))
        .route(
            "/account/two-factor/reset",
            get(two_factor::ask_reset).post(two_factor::reset),
        )
        .route(
            "/account/two-factor/backup-codes",
            post(two_factor::new_codes),
        )
        .route("/account/two-factor/forget", post(two_factor::forget))
}

fn administrator_addresses() -> Router<Arc<App>> {
    Router::new()
        .route("/admin", get(admin::show))
        .route("/admin/policy", post(admin::set_policy))
        .route("/admin/people/{user_id}", get(admin::show_person))
        .route(
            "/admin/people/{user_id}/reset",
            get(admin::ask_reset).post(admin::prepare_reset),
        )
        .route("/admin/people/{user_id}/reset/confirm", post(admin::reset))
        .route("/admin/people/{user_id}/exempt", post(admin::exempt))
}

async fn style() -> impl IntoResponse {
    file(
        "text/css; charset=utf-8",
        include_str!("../static/style.css"),
    )
}

async fn script() -> impl IntoResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("../static/app.js"),
    )
}

async fn icon() -> impl IntoResponse {
    file("image/svg+xml", include_str!("../static/icon.svg"))
}

/// A file that is the same for everybody; a browser asks each time whether it has changed.
fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], content)
}
