//! A text provider that sends nothing: Twilio's API, an inbox to look at, faults on request.
//!
//! It replaces Twilio on one machine, for tests, demonstrations and local work. It listens on
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

use anyhow::{Context, Result, anyhow, bail};
use axum::serve::Listener;
use clap::Parser;
use tokio::net::TcpListener;
use twofactor_settings::{Environment, TwilioAccount, allows_plaintext, twilio_account};

use crate::{
    connection::{Cut, CuttableListener},
    encrypted::EncryptedListener,
    routes::Sandbox,
};

/// A text provider that sends nothing.
///
/// Callers must have the account of `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN` (or the file of
/// `TWILIO_AUTH_TOKEN_FILE`), as far as these are set. `ALLOW_PLAINTEXT=1` means that the network
/// is trusted: then it may listen in clear beyond loopback.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on, on loopback; port 0 takes any that is free.
    #[arg(long, env = "SANDBOX_ADDR", default_value = "127.0.0.1:0")]
    address: SocketAddr,
    /// Second address to listen on, with TLS; it may be any.
    #[arg(long, env = "SANDBOX_TLS_ADDR", requires_all = ["certificate", "key"])]
    tls_address: Option<SocketAddr>,
    /// The certificate and its chain, in PEM.
    #[arg(long, env = "SANDBOX_CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// The certificate's key, in PEM.
    #[arg(long, env = "SANDBOX_KEY")]
    key: Option<PathBuf>,
}

/// The settings that the workers have too, read as they read them.
struct Shared {
    /// The account that callers must have; where it is not set, they may have any.
    account: TwilioAccount,
    /// `true` if the network is trusted: then plain connections need not come from loopback.
    is_trusted: bool,
}

impl Shared {
    /// Returns the settings of this process, or every problem with them.
    fn of_process() -> Result<Self, Vec<String>> {
        let mut env = Environment::of_process();
        let account = twilio_account(&mut env);
        let is_trusted = allows_plaintext(&mut env);
        env.complete(Some(Self {
            account,
            is_trusted,
        }))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let shared = Shared::of_process().map_err(|problems| anyhow!(problems.join("\n")))?;
    if !arguments.address.ip().is_loopback() && !shared.is_trusted {
        bail!(
            "SANDBOX_ADDR must be a loopback address such as 127.0.0.1:8025, or ALLOW_PLAINTEXT=1 \
             where the network is trusted"
        );
    }
    let plain = listen(arguments.address).await?;
    println!("SMS sandbox at http://{}", address(&plain)?);
    let sandbox = Arc::new(Sandbox::new(shared.account));
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
