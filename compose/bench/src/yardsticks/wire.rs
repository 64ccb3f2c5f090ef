//! The broker, as a yardstick uses it: the queue of the logins, and both copies of an outcome with
//! the properties that the worker gives them.

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer, PublisherConfirm,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use uuid::Uuid;

use super::access::setting;

const QUEUE: &str = "twofactor.login";
const EVENTS: &str = "twofactor.events";
const CONTENT_TYPE: &str = "application/cloudevents+json";
/// An outcome as the worker publishes it, for those who decide nothing.
const OUTCOME: &str = concat!(
    r#"{"causationid":"019ad000-0000-7000-8000-000000000000","#,
    r#""causationsource":"/crm","data":{"session_id":"session-00000000000000000000000000000000","#,
    r#""tenant_id":"tenant-00000000000000000000000000000000","#,
    r#""user_id":"user-00000000000000000000000000000000","via":"totp"},"#,
    r#""datacontenttype":"application/json","id":"00000000-0000-5000-8000-000000000000","#,
    r#""source":"/twofactor/login","specversion":"1.0","#,
    r#""subject":"user-00000000000000000000000000000000","#,
    r#""time":"2026-11-28T12:00:00.000000Z","type":"login.accepted.v1"}"#,
);

/// One connection to consume on and one to publish on.
pub struct Wire {
    /// Where outcomes go.
    pub outlet: Outlet,
    consumer: Consumer,
    stop: Signal,
    connections: [Connection; 2],
}

/// Where outcomes go: broadcasts and replies on a channel each, with confirms.
#[derive(Clone)]
pub struct Outlet {
    broadcasts: Channel,
    replies: Channel,
}

/// An outcome.
pub struct Copies<'a> {
    /// Its id.
    pub id: Uuid,
    /// Its type.
    pub kind: &'a str,
    /// The broadcast.
    pub public: &'a [u8],
    /// The reply.
    pub reply: &'a [u8],
}

impl Copies<'_> {
    /// An outcome of the usual size that was not decided.
    pub fn undecided() -> Self {
        Self {
            id: Uuid::new_v4(),
            kind: "login.accepted.v1",
            public: OUTCOME.as_bytes(),
            reply: OUTCOME.as_bytes(),
        }
    }
}

impl Wire {
    /// Connects, and takes so many deliveries at once.
    pub async fn connect(prefetch: u16) -> Result<Self> {
        let url = setting("AMQP_URL")?;
        let connect = async || {
            let properties = ConnectionProperties::default();
            let connection = Connection::connect(&url, properties).await;
            connection.context("the yardstick cannot connect to the broker")
        };
        let consuming = connect().await?;
        let publishing = connect().await?;
        let channel = consuming.create_channel().await?;
        channel
            .basic_qos(prefetch, BasicQosOptions::default())
            .await?;
        let broadcasts = publishing.create_channel().await?;
        let replies = publishing.create_channel().await?;
        for channel in [&broadcasts, &replies] {
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
        }
        let consumer = channel
            .basic_consume(
                QUEUE.into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await?;
        Ok(Self {
            outlet: Outlet {
                broadcasts,
                replies,
            },
            consumer,
            stop: signal(SignalKind::terminate())?,
            connections: [consuming, publishing],
        })
    }

    /// The next login; none once SIGTERM has come.
    pub async fn next(&mut self) -> Result<Option<Delivery>> {
        tokio::select! {
            biased;
            _ = self.stop.recv() => Ok(None),
            delivery = self.consumer.next() => Ok(Some(delivery.context("the queue is gone")??)),
        }
    }

    /// Says goodbye, so that every acknowledgement has arrived.
    pub async fn close(self) -> Result<()> {
        for connection in self.connections {
            connection.close(200, "done".into()).await?;
        }
        Ok(())
    }
}

impl Outlet {
    /// Publishes both copies of the outcome of a delivery, one after the other as they are written;
    /// the confirms are to be awaited.
    pub async fn publish(
        &self,
        delivery: &Delivery,
        copies: &Copies<'_>,
    ) -> Result<[PublisherConfirm; 2]> {
        let (broadcast, reply) = self.publishing(delivery, copies)?;
        Ok([broadcast.await?, reply.await?])
    }

    /// Publishes both copies at once, so that the client library may write many together, and waits
    /// until the broker has them.
    pub async fn publish_and_confirm(self, delivery: Delivery) -> Result<()> {
        let copies = Copies::undecided();
        let (broadcast, reply) = self.publishing(&delivery, &copies)?;
        let (broadcast, reply) = futures::try_join!(broadcast, reply)?;
        confirmed([broadcast, reply]).await
    }

    fn publishing<'a>(
        &'a self,
        delivery: &Delivery,
        copies: &Copies<'a>,
    ) -> Result<(
        impl Future<Output = lapin::Result<PublisherConfirm>> + use<'a>,
        impl Future<Output = lapin::Result<PublisherConfirm>> + use<'a>,
    )> {
        let asked = &delivery.properties;
        let mut properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_message_id(copies.id.to_string().into())
            .with_delivery_mode(2);
        if let Some(id) = asked.correlation_id() {
            properties = properties.with_correlation_id(id.clone());
        }
        let reply_to: &ShortString = asked.reply_to().as_ref().context("nobody waits")?;
        let broadcast = self.broadcasts.basic_publish(
            EVENTS.into(),
            copies.kind.into(),
            BasicPublishOptions::default(),
            copies.public,
            properties.clone(),
        );
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let reply = self.replies.basic_publish(
            "".into(),
            reply_to.clone(),
            mandatory,
            copies.reply,
            properties,
        );
        Ok((broadcast, reply))
    }
}

/// Waits until the broker has both copies.
pub async fn confirmed(confirms: [PublisherConfirm; 2]) -> Result<()> {
    for confirm in confirms {
        ensure!(!confirm.await?.is_nack(), "the broker refused an outcome");
    }
    Ok(())
}
