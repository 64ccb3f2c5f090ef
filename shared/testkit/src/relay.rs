//! A network between a worker and its broker or database: open, cut, or silent, as a test chooses.
//!
//! It passes bytes on and does not know their meaning.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The behaviour of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It passes everything on.
    Open,
    /// Every connection is closed, also a new one.
    Cut,
    /// Connections stay until the next change, also new ones, and nothing is passed on.
    Silent,
}

/// A relay to one address; closed when it is dropped.
pub struct Relay {
    address: SocketAddr,
    network: watch::Sender<Network>,
}

impl Relay {
    /// Listens on a free port and passes on to the host of a URL with credentials.
    pub async fn before(url: &str) -> Result<Self> {
        let (_, place, _) = split(url)?;
        let place = place.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (network, state) = watch::channel(Network::Open);
        tokio::spawn(async move {
            let mut closed = state.clone();
            let accepting = async {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, place.clone(), state.clone()));
                }
            };
            tokio::select! {
                () = accepting => {}
                _ = closed.wait_for(|_| false) => {}
            }
        });
        Ok(Self { address, network })
    }

    /// Returns the same URL, through this relay.
    pub fn url(&self, url: &str) -> Result<String> {
        let (before, _, after) = split(url)?;
        Ok(format!("{before}{}{after}", self.address))
    }

    /// Changes the behaviour of the network from now on.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn serve(mut stream: TcpStream, place: String, mut state: watch::Receiver<Network>) {
    loop {
        let is = *state.borrow_and_update();
        match is {
            Network::Cut => return,
            Network::Open => {
                let Ok(mut upstream) = TcpStream::connect(&place).await else {
                    return;
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut stream, &mut upstream) => return,
                    _ = state.changed() => {}
                }
                let is = *state.borrow();
                if is == Network::Silent {
                    // Bytes in flight may be lost, so the connection stays silent.
                    let _ = state.changed().await;
                }
                return;
            }
            Network::Silent => {
                if state.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Splits a URL into the part before its host, the host with its port, and the part after.
fn split(url: &str) -> Result<(&str, &str, &str)> {
    let at = url.rfind('@').context("a URL without credentials")? + 1;
    let end = url[at..].find('/').map_or(url.len(), |slash| at + slash);
    Ok((&url[..at], &url[at..end], &url[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_found() {
        let parts = split("amqp://a:b@127.0.0.1:5672/v").expect("a URL");
        assert_eq!(parts, ("amqp://a:b@", "127.0.0.1:5672", "/v"));
        let parts = split("amqp://a:b@[::1]:5672").expect("a URL");
        assert_eq!(parts, ("amqp://a:b@", "[::1]:5672", ""));
    }
}
