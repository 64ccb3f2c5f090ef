//! Interception of the next event in the login queue while no worker consumes it: its reply is lost,
//! or it is answered with an outcome of the test's choice.
//!
//! It knows AMQP and the envelope of an outcome. It starts and stops nothing.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::letter::short;

const QUEUE: &str = "twofactor.login";
const EVENTS: &str = "crm.auth";
/// Name of a reply queue that does not exist.
const MISSING_QUEUE: &str = "crm.reply.lost";
const POLL: Duration = Duration::from_millis(10);

/// Fault applied to one event.
pub enum Interception {
    /// The worker decides the event, but its reply is lost.
    LoseReply,
    /// No worker sees the event; it is answered with this outcome.
    Answer(Answer),
}

/// Outcome invented by a test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

/// Administrator's connection that waits for the event.
pub struct NextLogin {
    channel: Channel,
    _connection: Connection,
}

impl NextLogin {
    /// Connects as the user that the URL names.
    pub async fn connect(url: &str) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name("interceptor".into());
        let connection = Connection::connect(url, properties)
            .await
            .context("the interceptor cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(Self {
            channel,
            _connection: connection,
        })
    }

    /// Waits for the event and applies the fault.
    pub async fn intercept(&self, what: &Interception) -> Result<()> {
        let event = self.take().await?;
        match what {
            Interception::LoseReply => self.lose_reply(&event).await?,
            Interception::Answer(answer) => self.answer(&event, answer).await?,
        }
        event.acker.ack(BasicAckOptions::default()).await?;
        Ok(())
    }

    async fn take(&self) -> Result<BasicGetMessage> {
        loop {
            let got = self
                .channel
                .basic_get(QUEUE.into(), BasicGetOptions::default())
                .await
                .context("the interceptor cannot read the queue")?;
            if let Some(event) = got {
                return Ok(event);
            }
            // Polled, because a consumer would also receive the event after it.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Publishes the event again with a `reply_to` that no queue has: the worker decides it and keeps
    /// the outcome, as it does when a reply cannot be delivered.
    async fn lose_reply(&self, event: &BasicGetMessage) -> Result<()> {
        let properties = event.properties.clone().with_reply_to(short(MISSING_QUEUE));
        let key = event.routing_key.as_str();
        self.publish(EVENTS, key, properties, &event.data).await
    }

    async fn answer(&self, event: &BasicGetMessage, answer: &Answer) -> Result<()> {
        let asked: Value = serde_json::from_slice(&event.data).context("the event is no JSON")?;
        let reply_to = event.properties.reply_to().as_ref();
        let reply_to = reply_to.context("the event has no reply_to")?;
        let id = Uuid::new_v4().to_string();
        let correlation = event.properties.correlation_id().clone();
        let properties = BasicProperties::default()
            .with_content_type("application/cloudevents+json".into())
            .with_correlation_id(correlation.context("the event has no correlation id")?)
            .with_message_id(short(&id));
        let outcome = json!({
            "specversion": "1.0",
            "id": id,
            "source": "/twofactor/login",
            "type": answer.kind,
            "time": Timestamp::now(),
            "causationid": asked["id"],
            "causationsource": asked["source"],
            "unheardof": "attribute of a later release",
            "data": answer.data,
        });
        let body = serde_json::to_vec(&outcome)?;
        self.publish("", reply_to.as_str(), properties, &body).await
    }

    async fn publish(
        &self,
        exchange: &str,
        key: &str,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<()> {
        let options = BasicPublishOptions {
            // The broker returns mandatory messages to a direct reply-to address, which is no queue.
            mandatory: exchange == EVENTS,
            ..BasicPublishOptions::default()
        };
        let confirmed = self
            .channel
            .basic_publish(short(exchange), short(key), options, body, properties)
            .await?
            .await?;
        ensure!(
            matches!(confirmed, Confirmation::Ack(None)),
            "the broker did not accept the message of the interceptor"
        );
        Ok(())
    }
}
