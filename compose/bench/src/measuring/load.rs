//! A CRM that publishes as fast as the broker takes it, and notes when each outcome came.
//!
//! It is lighter than the CRM of the tests: it reads no outcome while the time counts. It knows
//! exchanges and its reply queue, and no event.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer, PublisherConfirm,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use twofactor_stack::interrupt;
use twofactor_testkit::CrmEvent;
use uuid::Uuid;

use super::ground::Ground;

const EXCHANGE: &str = "crm.auth";
const CONTENT_TYPE: &str = "application/cloudevents+json";
/// Messages that the broker has not confirmed yet, at most.
const UNCONFIRMED: usize = 1_000;
/// So long without any outcome means that none will come.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_UP: Duration = Duration::from_secs(1);

/// An event, ready to publish.
pub struct Message {
    routing_key: ShortString,
    body: Vec<u8>,
}

impl From<CrmEvent> for Message {
    fn from(event: CrmEvent) -> Self {
        let letter = event.letter();
        Self {
            routing_key: letter.routing_key().into(),
            body: letter.body().to_vec(),
        }
    }
}

/// An outcome that came.
pub struct Answer {
    /// Which message it is to: they are counted from 0, over all that this CRM publishes.
    pub number: usize,
    /// When it came.
    pub at: Instant,
    /// The outcome itself.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the outcome is of that kind.
    pub fn is(&self, kind: &str) -> bool {
        let wanted = format!("\"type\":\"{kind}\"");
        self.body
            .windows(wanted.len())
            .any(|part| part == wanted.as_bytes())
    }
}

/// A connected CRM.
pub struct Load {
    publisher: Publisher,
    answers: UnboundedReceiver<Answer>,
    /// How many messages were published.
    pub sent: usize,
    _connections: [Connection; 2],
}

/// What publishes a message under its number.
#[derive(Clone)]
pub struct Publisher {
    channel: Channel,
    reply_queue: ShortString,
}

impl Load {
    /// Connects, with a reply queue of its own.
    pub async fn connect(ground: &Ground) -> Result<Self> {
        let url = ground.variable("CRM_AMQP_URL")?;
        let connect = async || {
            let properties = ConnectionProperties::default().with_connection_name("load".into());
            Connection::connect(&url, properties)
                .await
                .context("the CRM cannot connect to the broker")
        };
        let publishing = connect().await?;
        let consuming = connect().await?;
        let channel = publishing.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let reply_queue: ShortString = format!("crm.reply.{}", Uuid::new_v4()).into();
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let listening = consuming.create_channel().await?;
        listening
            .queue_declare(reply_queue.clone(), own, FieldTable::default())
            .await?;
        let unacknowledged = BasicConsumeOptions {
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let consumer = listening
            .basic_consume(
                reply_queue.clone(),
                "".into(),
                unacknowledged,
                FieldTable::default(),
            )
            .await?;
        let (came, answers) = unbounded_channel();
        tokio::spawn(note(consumer, came));
        Ok(Self {
            publisher: Publisher {
                channel,
                reply_queue,
            },
            answers,
            sent: 0,
            _connections: [publishing, consuming],
        })
    }

    /// Publishes so many messages as fast as the broker confirms them; returns when it has all.
    pub async fn pour(
        &mut self,
        count: usize,
        mut message: impl FnMut() -> Result<Message>,
    ) -> Result<()> {
        let mut unconfirmed = VecDeque::with_capacity(UNCONFIRMED);
        for _ in 0..count {
            if unconfirmed.len() == UNCONFIRMED {
                interrupt::check()?;
                confirmed(unconfirmed.pop_front()).await?;
            }
            let confirm = self.publisher.publish(self.sent, &message()?).await?;
            unconfirmed.push_back(confirm);
            self.sent += 1;
        }
        while let Some(confirm) = unconfirmed.pop_front() {
            confirmed(Some(confirm)).await?;
        }
        Ok(())
    }

    /// Waits for so many outcomes, each of one of these kinds; in the order in which they came.
    pub async fn collect(&mut self, count: usize, kinds: &[&str]) -> Result<Vec<Answer>> {
        let mut came: Vec<Answer> = Vec::with_capacity(count);
        while came.len() < count {
            came.push(self.next().await?);
        }
        for answer in &came {
            ensure!(
                kinds.iter().any(|kind| answer.is(kind)),
                "an outcome is none of {kinds:?}: {}",
                String::from_utf8_lossy(&answer.body)
            );
        }
        Ok(came)
    }

    /// Waits for the next outcome.
    pub async fn next(&mut self) -> Result<Answer> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout(LOOK_UP, self.answers.recv()).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => bail!("the CRM lost its connection to the broker"),
                Err(_) => interrupt::check()?,
            }
            ensure!(Instant::now() < deadline, "no outcome in {PATIENCE:?}");
        }
    }

    /// What publishes on the same connection.
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }
}

impl Publisher {
    /// Publishes a message; the confirmation is to be awaited.
    pub async fn publish(&self, number: usize, message: &Message) -> Result<PublisherConfirm> {
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type(CONTENT_TYPE.into())
            // As long as the identifiers that CRMs use.
            .with_correlation_id(format!("00000000-0000-4000-8000-{number:012}").into())
            .with_reply_to(self.reply_queue.clone());
        let published = self.channel.basic_publish(
            EXCHANGE.into(),
            message.routing_key.clone(),
            BasicPublishOptions::default(),
            &message.body,
            properties,
        );
        Ok(published.await?)
    }
}

/// Waits until the broker has a message.
pub async fn confirmed(confirm: Option<PublisherConfirm>) -> Result<()> {
    if let Some(confirm) = confirm {
        ensure!(!confirm.await?.is_nack(), "the broker refused an event");
    }
    Ok(())
}

async fn note(mut consumer: Consumer, came: UnboundedSender<Answer>) {
    while let Some(Ok(delivery)) = consumer.next().await {
        let at = Instant::now();
        let id = delivery.properties.correlation_id().as_ref();
        let number = id.and_then(|id| id.as_str().rsplit('-').next()?.parse().ok());
        let answer = Answer {
            number: number.unwrap_or(usize::MAX),
            at,
            body: delivery.data,
        };
        if came.send(answer).is_err() {
            return;
        }
    }
}
