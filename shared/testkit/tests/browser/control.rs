//! What the suite can ask for over HTTP on loopback: a demo CRM of its own, time that has passed at an
//! institution, a network that is silent.
//!
//! Each is a POST, answered once it is done. It knows processes and moments, and no page.

use std::future::ready;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use twofactor_testkit::program::Program;
use twofactor_testkit::{Network, Relay, World};

const READY_WITHIN: Duration = Duration::from_secs(30);
/// The words before where a demo CRM listens.
const GREETING: &str = "Demo CRM at ";

/// A JSON object, or an error with a sentence.
type Answer = Result<Json<Value>, (StatusCode, String)>;

/// A world, and the demo CRMs that were started on it. Clones share them.
#[derive(Clone)]
pub struct Control {
    world: Arc<World>,
    crms: Arc<Mutex<Vec<Crm>>>,
}

/// A demo CRM; it ends when it is dropped.
struct Crm {
    _program: Program,
    /// Between it and the broker.
    relay: Relay,
}

#[derive(Deserialize)]
struct Passing {
    tenant: String,
    seconds: u64,
}

#[derive(Deserialize)]
struct Between {
    crm: usize,
    silent: bool,
}

impl Control {
    /// Serves until the runtime ends. Returns the URL without a path.
    pub async fn serve(world: Arc<World>) -> Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.context("the control server finds no free port")?;
        let address = listener.local_addr()?;
        let control = Self {
            world,
            crms: Arc::default(),
        };
        let router = Router::new()
            .route("/crm", post(start_crm))
            .route("/network", post(set_network))
            .route("/pass", post(let_pass))
            .with_state(control);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(format!("http://{address}"))
    }

    /// Starts a demo CRM on a free port.
    async fn start_crm(&self) -> Result<Value> {
        let url = self.world.vhost.url("crm");
        let relay = Relay::before(&url).await?;
        let settings = [
            ("CRM_AMQP_URL", relay.url(&url)?),
            ("SMS_SANDBOX_URL", self.world.sms.url().to_owned()),
            ("LISTEN", "127.0.0.1:0".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let name = format!("demo-crm-{}.log", uuid::Uuid::new_v4());
        let log = self.world.folder().join(name);
        let mut program = Program::start("demo-crm", &log, &settings)?;
        let url = program
            .wait_until(READY_WITHIN, move || ready(address(&log)))
            .await?;
        let mut crms = self.crms.lock().await;
        crms.push(Crm {
            _program: program,
            relay,
        });
        Ok(json!({ "crm": crms.len() - 1, "url": url }))
    }
}

async fn start_crm(State(control): State<Control>) -> Answer {
    let started = control.start_crm().await;
    Ok(Json(started.map_err(|error| failed(&error))?))
}

async fn set_network(State(control): State<Control>, Query(between): Query<Between>) -> Answer {
    let crms = control.crms.lock().await;
    let crm = crms.get(between.crm).context("there is no such CRM");
    let is = if between.silent {
        Network::Silent
    } else {
        Network::Open
    };
    crm.map_err(|error| failed(&error))?.relay.set(is);
    Ok(Json(json!({})))
}

async fn let_pass(State(control): State<Control>, Query(passing): Query<Passing>) -> Answer {
    let time = Duration::from_secs(passing.seconds);
    let database = &control.world.database;
    database.let_pass_at(&passing.tenant, time).await;
    Ok(Json(json!({})))
}

fn failed(error: &anyhow::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n"))
}

/// Where it listens, once its whole greeting is in the log.
fn address(log: &Path) -> Option<String> {
    let text = std::fs::read_to_string(log).ok()?;
    let (_, rest) = text.split_once(GREETING)?;
    let (line, _) = rest.split_once('\n')?;
    line.split_whitespace().next().map(str::to_owned)
}
