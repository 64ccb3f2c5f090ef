//! An outcome as AMQP messages: the broadcast, the reply, the dead letter.
//!
//! It knows the contents and the destination of each copy. It publishes nothing.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use twofactor_contract::rfc3339;

use crate::clock;
use crate::outgoing::{Dead, Outgoing, Reply};
use crate::topology::EVENTS_EXCHANGE;

const CONTENT_TYPE: &str = "application/cloudevents+json";
const TRANSIENT: u8 = 1;
const PERSISTENT: u8 = 2;
/// Lifetime of a reply with secrets in its queue, in milliseconds.
const SECRETS_EXPIRE: &str = "60000";

/// Message to publish.
#[derive(Clone)]
pub struct Copy<'a> {
    /// Exchange that it is published to.
    pub exchange: &'static str,
    /// Routing key.
    pub routing_key: ShortString,
    /// `true` if the broker returns it when no queue takes it.
    pub mandatory: bool,
    /// Body.
    pub body: &'a [u8],
    /// AMQP properties.
    pub properties: BasicProperties,
}

/// Makes the broadcast.
pub fn broadcast(outgoing: &Outgoing) -> Copy<'_> {
    Copy {
        exchange: EVENTS_EXCHANGE,
        routing_key: outgoing.outcome_type.as_str().into(),
        mandatory: false,
        body: outgoing.public.as_bytes(),
        properties: properties(outgoing).with_delivery_mode(PERSISTENT),
    }
}

/// Makes the dead letter of a refused message, for that queue. The broker returns it if the queue
/// is gone, so that it is not lost unnoticed.
pub fn dead_letter<'a>(outgoing: &Outgoing, dead: &'a Dead, queue: &ShortString) -> Copy<'a> {
    let string = |value: &str| AMQPValue::LongString(LongString::from(value));
    let at = clock::now();
    let mut headers = FieldTable::default();
    headers.insert("reason".into(), string(dead.reason.as_str()));
    headers.insert("outcome_id".into(), string(&outgoing.id.to_string()));
    headers.insert("at".into(), string(&rfc3339(at)));
    for (name, value) in [
        ("field", &dead.field),
        ("message", &dead.message),
        ("event_type", &dead.event_type),
    ] {
        if let Some(value) = value {
            headers.insert(name.into(), string(value));
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
        mandatory: true,
        body: dead.body.as_bytes(),
        properties,
    }
}

/// Makes the reply. The broker always returns a direct reply as unroutable, delivered or not, so
/// that one is not mandatory.
pub fn reply<'a>(outgoing: &Outgoing, reply: &'a Reply) -> Option<Copy<'a>> {
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

#[cfg(test)]
mod tests {
    use twofactor_contract::{RefusalReason, ReplyTo, Secret, Service};
    use uuid::Uuid;

    use super::*;
    use crate::topology::dead_queue;

    const DIRECT: &str = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5Mzc1ODg2OAAAAqwAAAAAawrTmA==.QUJD";

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

    fn reply_of(outgoing: &Outgoing) -> Copy<'_> {
        reply(outgoing, outgoing.reply.as_ref().expect("a reply")).expect("a short name")
    }

    #[test]
    fn a_reply_with_secrets_is_not_stored_and_the_broadcast_has_none() {
        let outgoing = outgoing("crm.reply.1", true);
        let broadcast = &broadcast(&outgoing);
        let reply = &reply_of(&outgoing);
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
    fn a_reply_without_secrets_is_stored_and_mandatory_unless_it_is_direct() {
        for (queue, mandatory) in [("crm.reply.1", true), (DIRECT, false)] {
            let outgoing = outgoing(queue, false);
            let reply = reply_of(&outgoing);
            assert_eq!(reply.mandatory, mandatory, "{queue}");
            assert_eq!(reply.properties.delivery_mode(), &Some(PERSISTENT));
            assert_eq!(reply.properties.expiration(), &None);
        }
    }

    #[test]
    fn the_headers_of_a_dead_letter_say_why() {
        let mut outgoing = outgoing("crm.reply.1", false);
        outgoing.dead = Some(Dead {
            reason: RefusalReason::InvalidField,
            field: Some("/data/ip".to_owned()),
            message: Some("ip is required.".to_owned()),
            event_type: None,
            body: "{}".to_owned(),
            sha256: String::new(),
        });
        let dead = outgoing.dead.as_ref().expect("a dead letter");
        let letter = dead_letter(&outgoing, dead, &dead_queue(Service::Login));
        assert!(letter.mandatory, "a queue that is gone is seen");
        assert_eq!(letter.routing_key.as_str(), "twofactor.login.dead");
        let headers = letter.properties.headers().as_ref().expect("headers");
        let names: Vec<&str> = headers.into_iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["at", "field", "message", "outcome_id", "reason"]);
    }
}
