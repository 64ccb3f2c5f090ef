//! The next event of the login queue, taken where no worker reads it: its reply is lost, or it is
//! answered with whatever a test wants.
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
/// A queue that a CRM could have and that nobody has.
const NOBODY: &str = "crm.reply.lost";
const POLL: Duration = Duration::from_millis(10);

/// What befalls an event.
pub enum Interception {
    /// The worker decides it, and its reply goes nowhere.
    LoseReply,
    /// No worker sees it, and it is answered with that.
    Answer(Answer),
}

/// An outcome that no worker has made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

/// An administrator who waits at the queue.
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

    /// Waits for the event, and does that to it.
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
            // A consumer would be handed the event after it, too.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Sends it on as it is, but for where its reply goes: the worker keeps the outcome, as it does
    /// where a reply does not arrive.
    async fn lose_reply(&self, event: &BasicGetMessage) -> Result<()> {
        let properties = event.properties.clone().with_reply_to(short(NOBODY));
        let key = event.routing_key.as_str();
        self.publish(EVENTS, key, properties, &event.data).await
    }

    async fn answer(&self, event: &BasicGetMessage, answer: &Answer) -> Result<()> {
        let asked: Value = serde_json::from_slice(&event.data).context("the event is no JSON")?;
        let reply_to = event.properties.reply_to().as_ref();
        let reply_to = reply_to.context("the event wants no reply")?;
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
            "unheardof": "an attribute of a later release",
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
            // A direct reply-to address is no queue, whoever reads it.
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
            "the broker did not take what the interceptor sent"
        );
        Ok(())
    }
}
