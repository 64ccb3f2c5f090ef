//! A probe of every peer's certificate once an hour.
//!
//! Connections last for weeks, and a certificate that was renewed meanwhile would still seem to
//! expire. So a new connection to each encrypted peer is opened, as far as its certificate and no
//! further. A peer that cannot be reached is reported elsewhere.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri};
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsConnector;
use twofactor_store::Store;

use super::{Peer, Trust};
use crate::settings::Settings;

/// Time between two rounds of probes.
const LOOK: Duration = Duration::from_hours(1);
/// Maximum time of one probe.
const PATIENCE: Duration = Duration::from_secs(10);

/// Probe of a peer whose connections are encrypted from the first byte on.
pub struct Probe {
    tls: Arc<ClientConfig>,
    host: String,
    port: u16,
}

impl Probe {
    /// Makes the probe of a node of the broker; none if it is reached unencrypted.
    fn of_broker(uri: &AMQPUri, trust: &Trust) -> Option<Self> {
        let AMQPScheme::AMQPS = uri.scheme else {
            return None;
        };
        let place = &uri.authority;
        Self::of(Peer::Broker, &place.host, place.port, trust)
    }

    /// Makes the probe of a peer at a URL; none if it is reached unencrypted.
    fn at(peer: Peer, url: &Url, trust: &Trust) -> Option<Self> {
        if url.scheme() != "https" {
            return None;
        }
        let port = url.port_or_known_default()?;
        Self::of(peer, url.host_str()?, port, trust)
    }

    fn of(peer: Peer, host: &str, port: u16, trust: &Trust) -> Option<Self> {
        let tls = Arc::new(trust.tls(peer)?);
        // An IPv6 address has brackets in a URL, and nowhere else.
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        Some(Self { tls, host, port })
    }

    /// Connects as far as the certificate, which its verifier shows in metrics, and no further.
    async fn run(&self) -> io::Result<()> {
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let connector = TlsConnector::from(self.tls.clone());
        connector.connect(name, stream).await?.shutdown().await
    }
}

/// Makes the probes of all peers that the settings name, except the database: the store probes it.
pub fn probes(settings: &Settings, trust: &Trust) -> Vec<Probe> {
    let nodes = settings.amqp.iter();
    let brokers = nodes.filter_map(|uri| Probe::of_broker(uri, trust));
    let provider = settings.twilio.as_ref().map(|twilio| &twilio.base_url);
    let provider = provider.and_then(|url| Probe::at(Peer::Provider, url, trust));
    let collector = settings.traces.as_ref();
    let collector = collector
        .and_then(|url| Url::parse(url.expose()).ok())
        .and_then(|url| Probe::at(Peer::Collector, &url, trust));
    let others = [provider, collector].into_iter().flatten();
    brokers.chain(others).collect()
}

/// Probes now and every hour, for the life of the process.
pub async fn keep_looking(probes: Vec<Probe>, store: Store) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        for probe in &probes {
            let port = probe.port;
            match timeout(PATIENCE, probe.run()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    let error = error.kind();
                    tracing::debug!(port, %error, "a certificate could not be probed");
                }
                Err(_) => tracing::debug!(port, "a certificate could not be probed in time"),
            }
        }
        if let Err(error) = store.probe().await {
            tracing::debug!(%error, "the certificate of the database could not be probed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Authority;
    use super::*;

    #[test]
    fn only_encrypted_peers_are_probed() {
        let trust = Authority::new().trusted();
        let place = |probe: Option<Probe>| probe.map(|probe| (probe.host, probe.port));
        let at = |url: &str| {
            let url = url.parse().expect("a URL");
            place(Probe::at(Peer::Provider, &url, &trust))
        };
        assert_eq!(at("http://localhost:8025"), None);
        assert_eq!(at("https://api.example"), Some(("api.example".into(), 443)));
        assert_eq!(at("https://[::1]:8443/x"), Some(("::1".into(), 8443)));
        let broker = |uri: &str| {
            let uri = uri.parse().expect("a URI");
            place(Probe::of_broker(&uri, &trust))
        };
        assert_eq!(broker("amqp://u:p@localhost:5672"), None);
        let found = broker("amqps://u:p@mq.example/v");
        assert_eq!(found, Some(("mq.example".into(), 5671)));
    }
}
