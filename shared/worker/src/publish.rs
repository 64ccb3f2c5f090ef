//! Publishing outcomes: all copies of a batch at once, then all confirms.
//!
//! The broker takes a confirmed copy for good. What it declines is published again, with patience;
//! what the connection loses is left alone, since its delivery comes back.

use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use twofactor_contract::{Service, rfc3339};

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
        let mut left: Vec<Copy<'_>> = outgoing
            .iter()
            .flat_map(|one| copies(one, &self.dead_queue))
            .collect();
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
}

fn copies<'a>(outgoing: &'a Outgoing, dead_queue: &ShortString) -> impl Iterator<Item = Copy<'a>> {
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
        .map(|dead| dead_letter(outgoing, dead, dead_queue));
    [Some(broadcast), reply, dead].into_iter().flatten()
}

fn dead_letter<'a>(outgoing: &Outgoing, dead: &'a Dead, queue: &ShortString) -> Copy<'a> {
    let text = |text: &str| AMQPValue::LongString(LongString::from(text));
    let at = clock::now();
    let mut headers = FieldTable::default();
    headers.insert("reason".into(), text(dead.reason.as_str()));
    headers.insert("outcome_id".into(), text(&outgoing.id.to_string()));
    headers.insert("at".into(), text(&rfc3339(at)));
    for (name, value) in [
        ("field", &dead.field),
        ("message", &dead.message),
        ("event_type", &dead.event_type),
    ] {
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
        routing_key: queue.clone(),
        mandatory: false,
        body: dead.body.as_bytes(),
        properties,
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

#[cfg(test)]
mod tests {
    use twofactor_contract::{RefusalReason, ReplyTo, Secret};
    use uuid::Uuid;

    use super::*;

    fn outgoing(queue: &str, has_secrets: bool) -> Outgoing {
        let queue = ReplyTo::parse(queue).expect("a reply queue");
        let body = Secret::new("full".to_owned());
        Outgoing {
            id: Uuid::nil(),
            outcome_type: "login.accepted.v1".to_owned(),
            public: "public".to_owned(),
            reply: Some(Reply {
                queue,
                body,
                has_secrets,
            }),
            dead: None,
            correlation_id: Some("c-1".into()),
            tally: None,
        }
    }

    fn copies_of(outgoing: &Outgoing) -> Vec<Copy<'_>> {
        copies(outgoing, &dead_queue(Service::Login)).collect()
    }

    #[test]
    fn a_reply_with_secrets_rests_nowhere_and_the_broadcast_has_none() {
        let outgoing = outgoing("crm.reply.1", true);
        let [broadcast, reply] = &copies_of(&outgoing)[..] else {
            panic!("two copies")
        };
        assert_eq!(
            (broadcast.exchange, broadcast.body),
            (EVENTS_EXCHANGE, &b"public"[..])
        );
        assert_eq!(broadcast.routing_key.as_str(), "login.accepted.v1");
        assert_eq!(broadcast.properties.delivery_mode(), &Some(PERSISTENT));
        assert_eq!((reply.exchange, reply.body), ("", &b"full"[..]));
        assert_eq!(reply.properties.delivery_mode(), &Some(TRANSIENT));
        assert_eq!(reply.properties.expiration(), &Some(SECRETS_EXPIRE.into()));
        for copy in [broadcast, reply] {
            assert_eq!(copy.properties.correlation_id(), &Some("c-1".into()));
            assert_eq!(copy.properties.content_type(), &Some(CONTENT_TYPE.into()));
            assert_eq!(
                copy.properties.message_id(),
                &Some(Uuid::nil().to_string().into())
            );
        }
    }

    #[test]
    fn a_reply_without_secrets_persists_and_is_asked_about_unless_it_is_direct() {
        for (queue, mandatory) in [("crm.reply.1", true), ("amq.rabbitmq.reply-to.x", false)] {
            let outgoing = outgoing(queue, false);
            let reply = &copies_of(&outgoing)[1];
            assert_eq!(reply.mandatory, mandatory, "{queue}");
            assert_eq!(reply.properties.delivery_mode(), &Some(PERSISTENT));
            assert_eq!(reply.properties.expiration(), &None);
        }
    }

    #[test]
    fn a_dead_letter_says_why_in_its_headers() {
        let mut outgoing = outgoing("crm.reply.1", false);
        outgoing.dead = Some(Dead {
            reason: RefusalReason::InvalidField,
            field: Some("/data/ip".to_owned()),
            message: Some("ip is required.".to_owned()),
            event_type: None,
            body: "{}".to_owned(),
        });
        let copies = copies_of(&outgoing);
        let letter = copies.last().expect("a dead letter");
        assert_eq!(letter.routing_key.as_str(), "twofactor.login.dead");
        let headers = letter.properties.headers().as_ref().expect("headers");
        let names: Vec<&str> = headers.into_iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["at", "field", "message", "outcome_id", "reason"]);
    }
}
