//! Getting a session with the broker, again and again: connect, declare, consume.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::{BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions};
use lapin::tcp::{AMQPUriTcpExt, RustlsConnector};
use lapin::types::FieldTable;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties, Consumer, ErrorKind, runtime};
use rustls::ClientConfig;
use tokio::sync::{mpsc, watch};
use twofactor_contract::Service;

use crate::health::Status;
use crate::patience::Patience;
use crate::publish::{Publisher, queue};
use crate::session::Session;
use crate::topology;

/// For a connection with everything declared on it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds after which a silent connection counts as broken, unless the URL says otherwise.
const HEARTBEAT: u16 = 20;

/// A session, and what comes on it.
pub type Consuming = (Arc<Session>, Consumer);

/// The broker of a worker.
pub struct Broker {
    /// Whose queue.
    pub service: Service,
    /// Where it is.
    pub uri: AMQPUri,
    /// How to speak TLS with it; needed where the URI is `amqps`.
    pub tls: Option<ClientConfig>,
    /// Unacknowledged deliveries at most.
    pub prefetch: u16,
    /// Told whether a session holds.
    pub status: Arc<Status>,
    /// Shows the session that holds to whoever publishes beside the worker's loop.
    pub current: watch::Sender<Option<Arc<Session>>>,
}

impl Broker {
    /// Hands over a session, and the next one whenever the last one was lost. Ends with whoever
    /// takes them.
    pub async fn keep_connected(self, sessions: mpsc::Sender<Consuming>) {
        let mut patience = Patience::new();
        loop {
            match self.connect().await {
                Ok((session, consumer)) => {
                    patience = Patience::new();
                    self.status.set_connected(true);
                    self.current.send_replace(Some(session.clone()));
                    tracing::info!("consuming");
                    if sessions.send((session.clone(), consumer)).await.is_err() {
                        return;
                    }
                    session.until_lost().await;
                    self.status.set_connected(false);
                    self.current.send_replace(None);
                    if session.is_ended() {
                        return;
                    }
                    session.close().await;
                    tracing::warn!("the session with the broker is lost; connecting again");
                }
                Err(error) => tracing::warn!(error, "the broker is not usable; trying again"),
            }
            patience.wait().await;
        }
    }

    async fn connect(&self) -> Result<Consuming, String> {
        match tokio::time::timeout(PATIENCE, self.open()).await {
            Ok(opened) => opened.map_err(|error| said(&error)),
            Err(_) => Err("it does not answer".to_owned()),
        }
    }

    /// Opens a connection as lapin does, but for who checks the certificate.
    async fn call(
        &self,
        uri: AMQPUri,
        properties: ConnectionProperties,
    ) -> lapin::Result<Connection> {
        let AMQPScheme::AMQPS = uri.scheme else {
            return Connection::connect_uri(uri, properties).await;
        };
        let tls = self.tls.clone();
        let tls = RustlsConnector::from(tls.ok_or(io::Error::other(NO_AUTHORITY))?);
        let dial = async move |mut uri: AMQPUri, runtime| {
            uri.scheme = AMQPScheme::AMQP;
            let stream = uri.connect_async(&runtime).await?;
            Ok(stream.into_rustls(&tls, &uri.authority.host).await?)
        };
        Connection::connector(uri, runtime::default_runtime()?, dial, properties).await
    }

    async fn open(&self) -> lapin::Result<Consuming> {
        let mut uri = self.uri.clone();
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let name = format!("twofactor-{}", self.service.name());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = self.call(uri, properties).await?;
        let publishing = connection.create_channel().await?;
        topology::declare(&publishing).await?;
        publishing
            .confirm_select(ConfirmSelectOptions::default())
            .await?;

        let channel = connection.create_channel().await?;
        channel
            .basic_qos(self.prefetch, BasicQosOptions::default())
            .await?;
        let (queue, tag) = (queue(self.service), Session::CONSUMER.into());
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(queue, tag, options, none).await?;
        let publisher = Publisher::new(self.service, publishing);
        Ok((
            Arc::new(Session::new(connection, channel, publisher)),
            consumer,
        ))
    }
}

/// Why an encrypted connection cannot be opened.
const NO_AUTHORITY: &str = "no certificate authority is installed to check the broker";

/// The kind of an error of the broker. Its own words may name what was published.
pub fn said(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(error) => format!("it answered with the error {}", error.get_id()),
        ErrorKind::IOError(error) => format!("the connection failed: {}", error.kind()),
        ErrorKind::MissingHeartbeatError => "it fell silent".to_owned(),
        ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
            "the connection is closed".to_owned()
        }
        _ => "it does not speak as expected".to_owned(),
    }
}
