//! A relay between the worker and a server that lets somebody listen to both directions.
//!
//! It knows connections and bytes; what they say is the listener's.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Large enough for all that a client sends at once.
const PIECE: usize = 1024 * 1024;

/// Hears one connection.
pub trait Listener: Send + 'static {
    /// What the client says.
    fn up(&mut self, bytes: &[u8]);
    /// What the server says.
    fn down(&mut self, bytes: &[u8]);
}

/// A relay to one server; gone with the runtime.
pub struct Tap {
    address: SocketAddr,
}

impl Tap {
    /// Listens on a free port before the server of a URL with credentials; each connection gets a
    /// listener of its own.
    pub async fn before<L: Listener>(
        url: &str,
        listener: impl Fn() -> L + Send + 'static,
    ) -> Result<Self> {
        let (_, place, _) = split(url)?;
        let place = place.to_owned();
        let accepting = TcpListener::bind("127.0.0.1:0").await?;
        let address = accepting.local_addr()?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = accepting.accept().await {
                let heard = Arc::new(Mutex::new(listener()));
                let place = place.clone();
                // A connection that ends is the worker's affair.
                tokio::spawn(async move { pass(stream, &place, &heard).await });
            }
        });
        Ok(Self { address })
    }

    /// The same URL by way of this relay.
    pub fn url(&self, url: &str) -> Result<String> {
        let (before, _, after) = split(url)?;
        Ok(format!("{before}{}{after}", self.address))
    }
}

async fn pass<L: Listener>(stream: TcpStream, place: &str, heard: &Mutex<L>) -> Result<()> {
    let upstream = TcpStream::connect(place).await?;
    stream.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (asked, answering) = stream.into_split();
    let (answered, asking) = upstream.into_split();
    let up = |bytes: &[u8]| heard.lock().expect("nobody panics").up(bytes);
    let down = |bytes: &[u8]| heard.lock().expect("nobody panics").down(bytes);
    tokio::select! {
        ended = copy(asked, asking, up) => ended,
        ended = copy(answered, answering, down) => ended,
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    heard: impl Fn(&[u8]),
) -> Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        // Heard before it is passed on, so that no answer is heard before its question.
        heard(&piece[..length]);
        to.write_all(&piece[..length]).await?;
    }
}

/// What stands before the host, the host with its port, and what stands behind.
fn split(url: &str) -> Result<(&str, &str, &str)> {
    let at = url.rfind('@').context("a URL without credentials")? + 1;
    let end = url[at..].find('/').map_or(url.len(), |slash| at + slash);
    Ok((&url[..at], &url[at..end], &url[end..]))
}
