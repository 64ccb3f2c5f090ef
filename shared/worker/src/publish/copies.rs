//! An outcome as AMQP messages: the broadcast, the reply, the dead letter.
//!
//! It knows the contents and the destination of each copy. It publishes nothing.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use twofactor_contract::rfc3339;
use uuid::Uuid;

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
    /// Routing key, of 255 bytes at most.
    pub routing_key: &'a str,
    /// `true` if the broker returns it when no queue takes it.
    pub mandatory: bool,
    /// Body.
    pub body: &'a [u8],
    properties: Properties<'a>,
}

/// What the AMQP properties are made of: the client library takes a set of its own each time.
#[derive(Clone)]
enum Properties<'a> {
    /// Of an outcome, as a broadcast or as a reply.
    Outcome {
        id: Uuid,
        correlation_id: Option<&'a ShortString>,
        has_secrets: bool,
    },
    /// Of a dead letter.
    Dead(Box<BasicProperties>),
}

impl Copy<'_> {
    /// Makes its AMQP properties.
    pub fn properties(&self) -> BasicProperties {
        let (id, correlation_id, has_secrets) = match &self.properties {
            Properties::Dead(properties) => return (**properties).clone(),
            Properties::Outcome {
                id,
                correlation_id,
                has_secrets,
            } => (id, *correlation_id, *has_secrets),
        };
        let mut properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_message_id(id.to_string().into());
        if let Some(id) = correlation_id {
            properties = properties.with_correlation_id(id.clone());
        }
        if has_secrets {
            properties
                .with_delivery_mode(TRANSIENT)
                .with_expiration(SECRETS_EXPIRE.into())
        } else {
            properties.with_delivery_mode(PERSISTENT)
        }
    }
}

/// Makes the broadcast.
pub fn broadcast(outgoing: &Outgoing) -> Copy<'_> {
    Copy {
        exchange: EVENTS_EXCHANGE,
        routing_key: &outgoing.outcome_type,
        mandatory: false,
        body: outgoing.public.as_bytes(),
        properties: of_outcome(outgoing, false),
    }
}

/// Makes the dead letter of a refused message, for that queue. The broker returns it if the queue
/// is gone, so that it is not lost unnoticed.
pub fn dead_letter<'a>(outgoing: &Outgoing, dead: &'a Dead, queue: &'a str) -> Copy<'a> {
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
        routing_key: queue,
        mandatory: true,
        body: dead.body.as_bytes(),
        properties: Properties::Dead(Box::new(properties)),
    }
}

/// Makes the reply. The broker always returns a direct reply as unroutable, delivered or not, so
/// that one is not mandatory.
pub fn reply<'a>(outgoing: &'a Outgoing, reply: &'a Reply) -> Copy<'a> {
    let body = match &reply.body {
        Some(with_secrets) => with_secrets.expose(),
        None => &*outgoing.public,
    };
    Copy {
        exchange: "",
        routing_key: reply.queue.as_str(),
        mandatory: !reply.queue.is_direct(),
        body: body.as_bytes(),
        properties: of_outcome(outgoing, reply.has_secrets),
    }
}

fn of_outcome(outgoing: &Outgoing, has_secrets: bool) -> Properties<'_> {
    Properties::Outcome {
        id: outgoing.id,
        correlation_id: outgoing.correlation_id.as_ref(),
        has_secrets,
    }
}

#[cfg(test)]
mod tests {
    use twofactor_contract::{RefusalReason, ReplyTo, Secret};

    use super::*;

    const DIRECT: &str = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5Mzc1ODg2OAAAAqwAAAAAawrTmA==.QUJD";

    fn outgoing(queue: &str, has_secrets: bool) -> Outgoing {
        let queue = ReplyTo::parse(queue).expect("a reply queue");
        let body = Some(Secret::new("full".to_owned()));
        Outgoing {
            id: Uuid::nil(),
            outcome_type: "login.accepted.v1".into(),
            public: "public".into(),
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
        reply(outgoing, outgoing.reply.as_ref().expect("a reply"))
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
        assert_eq!(broadcast.routing_key, "login.accepted.v1");
        assert_eq!(broadcast.properties().delivery_mode(), &Some(PERSISTENT));
        assert_eq!((reply.exchange, reply.body), ("", &b"full"[..]));
        assert_eq!(reply.properties().delivery_mode(), &Some(TRANSIENT));
        assert_eq!(
            reply.properties().expiration(),
            &Some(SECRETS_EXPIRE.into())
        );
        for copy in [broadcast, reply] {
            assert_eq!(copy.properties().correlation_id(), &Some("c-1".into()));
            assert_eq!(copy.properties().content_type(), &Some(CONTENT_TYPE.into()));
            assert_eq!(
                copy.properties().message_id(),
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
            assert_eq!(reply.properties().delivery_mode(), &Some(PERSISTENT));
            assert_eq!(reply.properties().expiration(), &None);
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
        let letter = dead_letter(&outgoing, dead, "twofactor.login.dead");
        assert!(letter.mandatory, "a queue that is gone is seen");
        assert_eq!(letter.routing_key, "twofactor.login.dead");
        let properties = letter.properties();
        let headers = properties.headers().as_ref().expect("headers");
        let names: Vec<&str> = headers.into_iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["at", "field", "message", "outcome_id", "reason"]);
    }
}
