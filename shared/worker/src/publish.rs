//! Publishing outcomes: all copies of a batch at once, then all confirms.
//!
//! The broker takes a confirmed copy for good. What it declines is published again, with patience;
//! what the connection loses is left alone, since its delivery comes back.

use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use twofactor_contract::Service;

use crate::clock;
use crate::outgoing::{Dead, Outgoing, Reply};
use crate::patience::Patience;

/// Where every outcome is broadcast.
pub const EVENTS_EXCHANGE: &str = "twofactor.events";

const CONTENT_TYPE: &str = "application/cloudevents+json";
const TRANSIENT: u8 = 1;
const PERSISTENT: u8 = 2;
/// How long a reply with secrets waits for its reader, in milliseconds.
const SECRETS_EXPIRE: &str = "60000";

/// A channel in confirm mode.
pub struct Publisher {
    channel: Channel,
    dead_queue: ShortString,
}

/// One message to publish.
struct Copy<'a> {
    exchange: &'static str,
    routing_key: ShortString,
    mandatory: bool,
    body: &'a [u8],
    properties: BasicProperties,
}

impl Publisher {
    /// Publishes on this channel, which must be in confirm mode.
    pub fn new(service: Service, channel: Channel) -> Self {
        Self {
            channel,
            dead_queue: dead_queue(service),
        }
    }

    /// Publishes every copy of every outcome, and returns once all are confirmed: how many
    /// replies came back because their queue is gone.
    pub async fn publish(&self, outgoing: &[Outgoing]) -> lapin::Result<usize> {
        let mut left: Vec<Copy<'_>> = outgoing.iter().flat_map(|one| self.copies(one)).collect();
        let mut came_back = 0;
        let mut patience = Patience::new();
        loop {
            let mut confirms = Vec::with_capacity(left.len());
            for copy in &left {
                let options = BasicPublishOptions {
                    mandatory: copy.mandatory,
                    immediate: false,
                };
                let (key, properties) = (copy.routing_key.clone(), copy.properties.clone());
                let exchange = copy.exchange.into();
                let sent = self
                    .channel
                    .basic_publish(exchange, key, options, copy.body, properties);
                confirms.push(sent.await?);
            }
            let mut declined = Vec::new();
            for (copy, confirm) in left.into_iter().zip(confirms) {
                match confirm.await? {
                    // Which confirm a returned message hangs on is not sure; how many come is.
                    Confirmation::Ack(returned) => came_back += usize::from(returned.is_some()),
                    Confirmation::Nack(_) => declined.push(copy),
                    Confirmation::NotRequested => {}
                }
            }
            if declined.is_empty() {
                return Ok(came_back);
            }
            tracing::warn!(
                copies = declined.len(),
                "the broker declined outcomes; trying again"
            );
            patience.wait().await;
            left = declined;
        }
    }

    fn copies<'a>(&self, outgoing: &'a Outgoing) -> impl Iterator<Item = Copy<'a>> {
        let broadcast = Copy {
            exchange: EVENTS_EXCHANGE,
            routing_key: outgoing.outcome_type.as_str().into(),
            mandatory: false,
            body: outgoing.public.as_bytes(),
            properties: properties(outgoing).with_delivery_mode(PERSISTENT),
        };
        let reply = outgoing
            .reply
            .as_ref()
            .and_then(|reply| self::reply(outgoing, reply));
        let dead = outgoing
            .dead
            .as_ref()
            .map(|dead| self.dead_letter(outgoing, dead));
        [Some(broadcast), reply, dead].into_iter().flatten()
    }

    fn dead_letter<'a>(&self, outgoing: &Outgoing, dead: &'a Dead) -> Copy<'a> {
        let text = |text: &str| AMQPValue::LongString(LongString::from(text));
        let at = clock::now();
        let mut headers = FieldTable::default();
        headers.insert("reason".into(), text(dead.reason.as_str()));
        headers.insert("outcome_id".into(), text(&outgoing.id.to_string()));
        headers.insert("at".into(), text(&at.to_string()));
        for (name, value) in [("field", &dead.field), ("event_type", &dead.event_type)] {
            if let Some(value) = value {
                headers.insert(name.into(), text(value));
            }
        }
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_message_id(outgoing.id.to_string().into())
            .with_timestamp(u64::try_from(at.as_second()).unwrap_or_default())
            .with_headers(headers)
            .with_delivery_mode(PERSISTENT);
        Copy {
            exchange: "",
            routing_key: self.dead_queue.clone(),
            mandatory: false,
            body: dead.body.as_bytes(),
            properties,
        }
    }
}

/// Direct reply-to always comes back as unroutable, delivered or not, so it is not asked about.
fn reply<'a>(outgoing: &Outgoing, reply: &'a Reply) -> Option<Copy<'a>> {
    let properties = properties(outgoing);
    Some(Copy {
        exchange: "",
        routing_key: ShortString::try_new(reply.queue.as_str()).ok()?,
        mandatory: !reply.queue.is_direct(),
        body: reply.body.expose().as_bytes(),
        properties: if reply.has_secrets {
            properties
                .with_delivery_mode(TRANSIENT)
                .with_expiration(SECRETS_EXPIRE.into())
        } else {
            properties.with_delivery_mode(PERSISTENT)
        },
    })
}

fn properties(outgoing: &Outgoing) -> BasicProperties {
    let properties = BasicProperties::default()
        .with_content_type(CONTENT_TYPE.into())
        .with_message_id(outgoing.id.to_string().into());
    match &outgoing.correlation_id {
        Some(id) => properties.with_correlation_id(id.clone()),
        None => properties,
    }
}

/// The queue of what a worker could not handle.
pub fn dead_queue(service: Service) -> ShortString {
    format!("twofactor.{}.dead", service.name()).into()
}

/// The queue of what a worker handles.
pub fn queue(service: Service) -> ShortString {
    format!("twofactor.{}", service.name()).into()
}
