//! A channel to the broker, with publisher confirms and the consumer of its replies.
//!
//! It knows lapin, and nothing of when to try again. Direct reply-to lives as long as its channel, so
//! a link that is lost in any way is left, and what waited is published on the next one.

use std::io;
use std::net::Shutdown;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_rs::TokioRuntime;
use lapin::message::DeliveryResult;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::tcp::{AMQPUriTcpExt, OwnedTLSConfig};
use lapin::types::FieldTable;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{
    AsyncTcpStream, BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    Consumer,
};
use socket2::SockRef;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::dispatcher::{self, Dispatch};

use crate::envelope::Message;
use crate::waiting::Waiting;

const EXCHANGE: &str = "crm.auth";
const REPLIES: &str = "amq.rabbitmq.reply-to";
/// Seconds; a peer that is silent for twice as long is dead.
const HEARTBEAT: u16 = 10;
const LONGEST_HEARTBEAT: u16 = 30;

pub(crate) struct Link {
    connection: Connection,
    channel: Channel,
    /// Dropping it would cancel it.
    _consumer: Consumer,
    lost: Arc<watch::Sender<bool>>,
    socket: Arc<Socket>,
}

/// The socket of a link. Where the peer is silent lapin's thread would wait for it for ever, so the
/// socket ends with whoever holds it.
#[derive(Default)]
struct Socket(OnceLock<socket2::Socket>);

impl Link {
    /// Opens a connection, a channel and a consumer that hands every answer to who waits for it.
    /// A socket that is not open in that time ends.
    pub async fn open(mut uri: AMQPUri, waiting: Waiting, within: Duration) -> lapin::Result<Self> {
        let heartbeat = uri.query.heartbeat.filter(|seconds| *seconds > 0);
        uri.query.heartbeat = Some(heartbeat.unwrap_or(HEARTBEAT).min(LONGEST_HEARTBEAT));
        let socket = Arc::new(Socket::default());
        let kept = Arc::downgrade(&socket);
        let dial = async move |mut uri: AMQPUri, runtime: TokioRuntime| {
            // This is lapin's own thread. It would log a returned message with its content.
            std::mem::forget(dispatcher::set_default(&Dispatch::none()));
            let scheme = std::mem::replace(&mut uri.scheme, AMQPScheme::AMQP);
            let dialled = timeout(within, async {
                let stream = uri.connect_async(&runtime).await?;
                let AsyncTcpStream::Plain(plain) = &stream else {
                    return Err(io::ErrorKind::Unsupported.into());
                };
                let wanted = kept.upgrade().ok_or(io::ErrorKind::ConnectionAborted)?;
                wanted.keep(&SockRef::from(plain.get_ref()))?;
                drop(wanted);
                match scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => {
                        let tls = OwnedTLSConfig::default();
                        stream.into_tls(&uri.authority.host, tls.as_ref()).await
                    }
                }
            });
            Ok(dialled.await.map_err(io::Error::from)??)
        };
        let properties =
            ConnectionProperties::default().with_connection_name("twofactor-client".into());
        let runtime = lapin::runtime::default_runtime()?;
        let connection = Connection::connector(uri, runtime, dial, properties).await?;
        let channel = connection.create_channel().await?;
        let confirms = ConfirmSelectOptions::default();
        channel.confirm_select(confirms).await?;
        let no_ack = BasicConsumeOptions {
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let consumer = channel
            .basic_consume(REPLIES.into(), "".into(), no_ack, FieldTable::default())
            .await?;
        let lost = Arc::new(watch::Sender::new(false));
        let end = Arc::clone(&lost);
        consumer.set_delegate(move |delivery: DeliveryResult| {
            match delivery {
                Ok(Some(reply)) => {
                    if let Some(id) = reply.properties.correlation_id() {
                        waiting.answer(id.as_str(), reply.data);
                    }
                }
                Ok(None) | Err(_) => drop(end.send_replace(true)),
            }
            std::future::ready(())
        });
        Ok(Self {
            connection,
            channel,
            _consumer: consumer,
            lost,
            socket,
        })
    }

    /// Publishes a message and waits for its confirm. That goes on where the caller does not wait any
    /// more, since lapin would keep a confirm that nobody takes for as long as the channel lives.
    pub async fn publish(&self, message: &Arc<Message>) -> lapin::Result<Confirmation> {
        // Not the link itself: it ends with who uses it, and this ends with it.
        let channel = self.channel.clone();
        let message = Arc::clone(message);
        let confirmed = tokio::spawn(async move { publish(&channel, &message).await });
        confirmed.await.map_err(io::Error::from)?
    }

    /// Whether something can be published on it.
    pub fn is_usable(&self) -> bool {
        !*self.lost.borrow() && self.channel.status().connected()
    }

    /// Whether the broker takes nothing on it for now, since its memory or disk runs out.
    pub fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Returns when it is lost.
    pub async fn is_lost(&self) {
        let mut lost = self.lost.subscribe();
        // The sender is this link's own, so it is there.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Leaves a broker that does not answer. Who waits on the link publishes on the next one.
    pub fn leave(&self) {
        self.lost.send_replace(true);
        self.socket.shut();
    }

    /// Takes leave of the broker.
    pub async fn close(&self) {
        // One that is closed already is as wanted.
        let _ = self.connection.close(200, "done".into()).await;
    }
}

async fn publish(channel: &Channel, message: &Message) -> lapin::Result<Confirmation> {
    let properties = BasicProperties::default()
        .with_content_type("application/cloudevents+json".into())
        .with_delivery_mode(2)
        .with_reply_to(REPLIES.into())
        .with_correlation_id(message.correlation_id.as_str().into())
        .with_message_id(message.id.as_str().into());
    let options = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let key = message.event_type.into();
    let sent = channel.basic_publish(EXCHANGE.into(), key, options, &message.body, properties);
    sent.await?.await
}

impl Socket {
    fn keep(&self, socket: &SockRef<'_>) -> io::Result<()> {
        // It is dialled once.
        let _ = self.0.set(socket.try_clone()?);
        Ok(())
    }

    fn shut(&self) {
        if let Some(socket) = self.0.get() {
            // One that is closed already is as wanted.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shut();
    }
}
