//! Opens a dead-letter queue and reads it without taking anything out.

use std::error::Error as _;
use std::time::Duration;

use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use twofactor_contract::Service;
use twofactor_store::Distrust;

use crate::dead::error::away;
use crate::dead::letter::Letter;
use crate::failure::Failure;

/// The time that the broker may take to open a queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// The nodes of the broker, one of which is enough.
pub struct BrokerNodes {
    nodes: Vec<AMQPUri>,
}

/// An open dead-letter queue. Letters that were read go back when it is closed, in their order.
pub struct OpenQueue {
    service: Service,
    connection: Connection,
    channel: Channel,
    name: String,
    waiting: u32,
}

impl BrokerNodes {
    /// Returns the broker at those addresses.
    pub fn new(nodes: Vec<AMQPUri>) -> Self {
        Self { nodes }
    }

    /// Connects to the first node that accepts it; else returns the error of the last one.
    async fn connect(&self) -> lapin::Result<Connection> {
        let mut nodes = self.nodes.iter().peekable();
        loop {
            let properties =
                ConnectionProperties::default().with_connection_name("twofactor-ctl".into());
            let uri = nodes.next().cloned().unwrap_or_default();
            let opened = Connection::connect_uri(uri, properties).await;
            if opened.is_ok() || nodes.peek().is_none() {
                return opened;
            }
        }
    }

    /// Opens the dead-letter queue of a worker.
    pub async fn open(&self, service: Service) -> Result<OpenQueue, Failure> {
        let name = format!("twofactor.{}.dead", service.name());
        let opening = async {
            let connection = self.connect().await?;
            let channel = connection.create_channel().await?;
            let passive = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::default()
            };
            let queue = channel
                .queue_declare(name.as_str().into(), passive, FieldTable::default())
                .await?;
            let waiting = queue.message_count();
            lapin::Result::Ok((connection, channel, waiting))
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        let opened = opened.map_err(|_| self.silent())?;
        let (connection, channel, waiting) = opened.map_err(|error| {
            let distrusted = distrust(&error).map(|distrust| self.distrusted(distrust));
            distrusted.unwrap_or_else(|| match away(&error) {
                Failure::Unreachable(_) => self.silent(),
                refused => refused,
            })
        })?;
        Ok(OpenQueue {
            service,
            connection,
            channel,
            name,
            waiting,
        })
    }

    fn distrusted(&self, distrust: Distrust) -> Failure {
        Failure::Unreachable(format!(
            "The broker's certificate {distrust}. It is the {self}."
        ))
    }

    fn silent(&self) -> Failure {
        Failure::Unreachable(format!(
            "The broker is away: {self} does not answer; check that it runs and that its host can \
             be reached."
        ))
    }
}

impl std::fmt::Display for BrokerNodes {
    /// Writes what an operator has to check before saying yes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = self.nodes.iter().map(|uri| {
            let authority = &uri.authority;
            format!("{}:{}", authority.host, authority.port)
        });
        let places: Vec<String> = places.collect();
        let vhost = self.nodes.first().map_or("", |uri| &uri.vhost);
        write!(f, "broker at {}, vhost {vhost}", places.join(" or "))
    }
}

impl OpenQueue {
    /// Returns the count of letters.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Reads the oldest letters, `limit` at most.
    pub async fn letters(&self, limit: u32) -> Result<Vec<Letter>, Failure> {
        let mut letters = Vec::new();
        for _ in 0..limit {
            let got = self
                .channel
                .basic_get(self.name.as_str().into(), BasicGetOptions::default())
                .await
                .map_err(|error| away(&error))?;
            let Some(message) = got else { break };
            letters.push(Letter::of(self.service, message.delivery));
        }
        Ok(letters)
    }

    /// Closes the queue; letters that were not acknowledged are where they were.
    pub async fn put_back(self) {
        // The broker puts them back however the connection ends, so an error here does no harm.
        let _ = self.channel.close(200, "done".into()).await;
        let _ = self.connection.close(200, "done".into()).await;
    }
}

/// Returns what is wrong with the broker's certificate, if that is why the connection failed.
fn distrust(error: &lapin::Error) -> Option<Distrust> {
    let mut sources = std::iter::successors(error.source(), |source| (*source).source());
    sources.find_map(Distrust::of)
}
