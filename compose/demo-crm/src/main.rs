//! A CRM to click through: what a university's CRM does with the two-factor workers.
//!
//! Server-rendered pages on the crate `twofactor-client`. Integrators copy from it, so each duty of a
//! CRM stands in one place; the README beside this crate says where. State is in memory: it is a demo.

mod addresses;
mod app;
mod beside;
mod forms;
mod frame;
mod headers;
mod login;
mod mail;
mod pages;
mod people;
mod phone;
mod place;
mod record;
mod second_factor;
mod session;
mod set_up;
mod start;
#[cfg(test)]
mod tests;
mod visit;
mod when;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use twofactor_client::Client;

use crate::addresses::router;
use crate::app::App;

/// A page waits so long for the workers. After 5 s the event is sent again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(12);

/// A CRM to click through. `PUBLISHED_ON_LOOPBACK=1` says that it runs in a container whose port is
/// published on loopback alone: then it may listen on any address there.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The broker, as its user `crm`.
    #[arg(long, env, hide_env_values = true)]
    crm_amqp_url: Option<String>,
    /// A file that holds that URL.
    #[arg(long, env, conflicts_with = "crm_amqp_url")]
    crm_amqp_url_file: Option<PathBuf>,
    /// The SMS sandbox, whose inbox is shown as the people's phones.
    #[arg(long, env)]
    sms_sandbox_url: String,
    /// Where to listen, on loopback.
    #[arg(long, env, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// `1` in a container whose port is published on loopback alone.
    #[arg(long, env, default_value = "")]
    published_on_loopback: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.listen.ip().is_loopback() && arguments.published_on_loopback != "1" {
        bail!(
            "LISTEN must be a loopback address such as 127.0.0.1:8090: whoever reaches this demo can log \
             in as anybody in it. In a container whose port is published on loopback alone, say \
             PUBLISHED_ON_LOOPBACK=1"
        );
    }
    let url = amqp_url(&arguments)?;
    let listener = TcpListener::bind(arguments.listen).await;
    let listener = listener
        .with_context(|| format!("cannot listen on {}: choose another port", arguments.listen))?;
    let client = Client::new(&url).give_up_after(GIVE_UP_AFTER);
    let app = Arc::new(App::new(client.clone(), &arguments.sms_sandbox_url));
    start::bring_people_to_their_stories(&app).await?;
    println!("Demo CRM at http://{}", listener.local_addr()?);
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(told_to_stop()?)
        .await
        .context("cannot serve")?;
    client.close().await;
    Ok(())
}

fn amqp_url(arguments: &Arguments) -> Result<String> {
    match (&arguments.crm_amqp_url, &arguments.crm_amqp_url_file) {
        (Some(url), _) => Ok(url.trim().to_owned()),
        (None, Some(file)) => {
            let url = std::fs::read_to_string(file);
            let url = url.context("CRM_AMQP_URL_FILE names a file that cannot be read")?;
            Ok(url.trim().to_owned())
        }
        (None, None) => bail!("CRM_AMQP_URL is missing; set it, or CRM_AMQP_URL_FILE"),
    }
}

fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}
