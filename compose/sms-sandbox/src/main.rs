//! A text provider that sends nothing: Twilio's wire, an inbox to look at, faults on request.
//!
//! It stands in for Twilio on one machine, for tests, demonstrations and local work. It listens on
//! loopback only, keeps texts in memory only, and logs none of them.

mod connection;
mod fault;
mod inbox;
mod page;
mod refusal;
mod routes;
mod twilio;

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::net::TcpListener;

use crate::{
    connection::{Cut, CuttableListener},
    routes::Sandbox,
};

/// A text provider that sends nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen, on loopback; port 0 takes any that is free.
    #[arg(long, env = "SANDBOX_ADDR", default_value = "127.0.0.1:0")]
    address: SocketAddr,
    /// The account that callers must name; any where it is not set.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    account_sid: Option<String>,
    /// The secret that callers must have; any where it is not set.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.address.ip().is_loopback() {
        bail!("SANDBOX_ADDR must be a loopback address such as 127.0.0.1:8025");
    }
    let listener = TcpListener::bind(arguments.address)
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}: choose another port",
                arguments.address
            )
        })?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let sandbox = Arc::new(Sandbox::new(arguments.account_sid, arguments.auth_token));
    println!("SMS sandbox at http://{address}");
    let service = routes::router(sandbox).into_make_service_with_connect_info::<Cut>();
    axum::serve(CuttableListener(listener), service)
        .await
        .context("cannot serve")
}
