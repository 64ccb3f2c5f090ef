//! A network before the provider of texts that is slow, and silent for one number.
//!
//! It passes on the bytes of an HTTP/1 connection and reads nothing but the number in a request.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Longer than a request or an answer.
const PIECE: usize = 16 * 1024;

/// A relay; gone with the runtime.
pub struct Slow {
    address: SocketAddr,
}

impl Slow {
    /// Passes on to a URL without a path; each answer takes so long. What names the silent number
    /// is never passed on.
    pub async fn before(url: &str, time: Duration, silent: String) -> Result<Self> {
        let place = url
            .strip_prefix("http://")
            .context("the provider has no address")?;
        let place = place.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let place = place.clone();
                let silent = silent.clone();
                tokio::spawn(async move { pass(stream, &place, time, &silent).await });
            }
        });
        Ok(Self { address })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn pass(stream: TcpStream, place: &str, time: Duration, silent: &str) -> Result<()> {
    let upstream = TcpStream::connect(place).await?;
    let (asked, answering) = stream.into_split();
    let (answered, asking) = upstream.into_split();
    let asks = copy(asked, asking, Duration::ZERO, Some(silent));
    let answers = copy(answered, answering, time, None);
    tokio::select! {
        ended = asks => ended,
        ended = answers => ended,
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    time: Duration,
    silent: Option<&str>,
) -> Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        let read = &piece[..length];
        let is_silent = |number: &str| {
            let mut parts = read.windows(number.len());
            parts.any(|part| part == number.as_bytes())
        };
        if silent.is_some_and(is_silent) {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(time).await;
        to.write_all(read).await?;
    }
}
