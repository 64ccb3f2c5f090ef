//! A text provider that sends nothing: Twilio's wire, an inbox to look at, faults on request.
//!
//! It stands in for Twilio on one machine, for tests, demonstrations and local work. It listens on
//! loopback only, unless the connection is encrypted or the network is trusted; it keeps texts in
//! memory only, and logs none of them.

mod connection;
mod encrypted;
mod fault;
mod inbox;
mod page;
mod refusal;
mod routes;
mod twilio;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail};
use axum::serve::Listener;
use clap::Parser;
use tokio::net::TcpListener;

use crate::{
    connection::{Cut, CuttableListener},
    encrypted::EncryptedListener,
    routes::Sandbox,
};

/// A text provider that sends nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen, on loopback; port 0 takes any that is free.
    #[arg(long, env = "SANDBOX_ADDR", default_value = "127.0.0.1:0")]
    address: SocketAddr,
    /// Where to listen for TLS besides, on any address.
    #[arg(long, env = "SANDBOX_TLS_ADDR", requires_all = ["certificate", "key"])]
    tls_address: Option<SocketAddr>,
    /// The certificate and those above it, in PEM.
    #[arg(long, env = "SANDBOX_CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// The certificate's key, in PEM.
    #[arg(long, env = "SANDBOX_KEY")]
    key: Option<PathBuf>,
    /// The account that callers must name; any where it is not set.
    #[arg(long, env = "TWILIO_ACCOUNT_SID")]
    account_sid: Option<String>,
    /// The secret that callers must have; any where it is not set.
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
    /// 1 where the network is trusted: then plain connections need not come from loopback.
    #[arg(long, env = "ALLOW_PLAINTEXT", default_value = "")]
    allow_plaintext: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.address.ip().is_loopback() && arguments.allow_plaintext != "1" {
        bail!(
            "SANDBOX_ADDR must be a loopback address such as 127.0.0.1:8025, or ALLOW_PLAINTEXT=1 \
             where the network is trusted"
        );
    }
    let plain = listen(arguments.address).await?;
    println!("SMS sandbox at http://{}", address(&plain)?);
    let sandbox = Arc::new(Sandbox::new(arguments.account_sid, arguments.auth_token));
    let tls = (arguments.tls_address, arguments.certificate, arguments.key);
    let (Some(tls_address), Some(certificate), Some(key)) = tls else {
        return serve(plain, sandbox).await;
    };
    let tcp = listen(tls_address).await?;
    println!("SMS sandbox at https://{}", address(&tcp)?);
    let encrypted = EncryptedListener::new(tcp, &certificate, &key)?;
    tokio::try_join!(serve(plain, sandbox.clone()), serve(encrypted, sandbox)).map(drop)
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another port"))
}

fn address(listener: &TcpListener) -> Result<SocketAddr> {
    listener.local_addr().context("the listener has no address")
}

async fn serve<L>(listener: L, sandbox: Arc<Sandbox>) -> Result<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let service = routes::router(sandbox).into_make_service_with_connect_info::<Cut>();
    axum::serve(CuttableListener(listener), service)
        .await
        .context("cannot serve")
}
