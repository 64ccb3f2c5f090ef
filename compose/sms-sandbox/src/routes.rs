//! The routes of the sandbox: Twilio's resource, the inbox as page and JSON, and the faults.
//!
//! It connects the other modules and holds their state. It knows no socket.

use std::{future::pending, sync::Arc};

use axum::{
    Form, Json, Router,
    extract::{ConnectInfo, Path, Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{Html, IntoResponse, Response},
    routing::{get, post, put},
};
use jiff::Timestamp;
use serde::Deserialize;
use twofactor_settings::TwilioAccount;

use crate::{
    connection::Cut,
    fault::{CurrentFault, Fault},
    inbox::{Inbox, Text},
    page,
    refusal::{self, Refusal},
    twilio,
};

/// Everything that the sandbox holds.
pub struct Sandbox {
    account: TwilioAccount,
    inbox: Inbox,
    fault: CurrentFault,
}

impl Sandbox {
    /// Returns an empty one that works, for callers of this account.
    pub fn new(account: TwilioAccount) -> Self {
        Self {
            account,
            inbox: Inbox::default(),
            fault: CurrentFault::default(),
        }
    }
}

/// Returns all addresses.
pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/", get(show_page))
        .route("/messages", get(list_messages))
        .route("/fault", put(set_fault).get(show_fault))
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            post(create_message),
        )
        .fallback(|| async { Refusal::not_found() })
        .with_state(sandbox)
}

async fn create_message(
    State(sandbox): State<Arc<Sandbox>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(account): Path<String>,
    headers: HeaderMap,
    form: Result<Form<twilio::Form>, FormRejection>,
) -> Response {
    let fault = sandbox.fault.get();
    if fault == Fault::Unavailable {
        return Refusal::unavailable().into_response();
    }
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let sid = sandbox.account.sid.as_deref();
    let token = sandbox.account.auth_token.as_ref();
    let token = token.map(|token| token.expose().as_str());
    if !twilio::is_authorized(header, &account, sid, token) {
        return Refusal::unauthorized().into_response();
    }
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let sender = refusal::Sender::of(&form.from, &form.messaging_service_sid);
    if let Some(refusal) = refusal::judge(&form.to, sender, &form.body) {
        return refusal.into_response();
    }
    if fault == Fault::Refuse {
        return Refusal::unsubscribed().into_response();
    }
    let at = Timestamp::now();
    sandbox.inbox.add(Text {
        to: form.to.clone(),
        body: form.body.clone(),
        at,
    });
    match fault {
        Fault::Hang => pending().await,
        Fault::Lost => cut.now(),
        Fault::None | Fault::Unavailable | Fault::Refuse => {}
    }
    (
        StatusCode::CREATED,
        Json(twilio::accepted(&account, &form, at)),
    )
        .into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).expect("every refusal has a valid status");
        (status, Json(self)).into_response()
    }
}

#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

async fn list_messages(
    State(sandbox): State<Arc<Sandbox>>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<Text>> {
    // A plus that was not written as %2B arrives as a space.
    let to = wanted
        .to
        .map(|to| format!("+{}", to.trim().trim_start_matches('+')));
    Json(sandbox.inbox.list(to.as_deref()))
}

async fn show_page(State(sandbox): State<Arc<Sandbox>>) -> Html<String> {
    Html(page::render(
        &sandbox.inbox.newest(page::SHOWN),
        sandbox.fault.get(),
    ))
}

#[derive(Deserialize)]
struct Kind {
    kind: Fault,
}

async fn set_fault(
    State(sandbox): State<Arc<Sandbox>>,
    Query(Kind { kind }): Query<Kind>,
) -> StatusCode {
    sandbox.fault.set(kind);
    StatusCode::NO_CONTENT
}

async fn show_fault(State(sandbox): State<Arc<Sandbox>>) -> String {
    sandbox.fault.get().name().to_owned()
}
