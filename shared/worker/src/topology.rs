//! The exchanges and queues of the contract, which every worker declares before it consumes.
//!
//! Each declares all of them, so that no queue is missing because one worker starts before another.
//! Declaring again changes nothing. An error names what cannot be declared, since only an operator
//! can fix that.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ExchangeKind};
use twofactor_contract::Service;

use crate::broker::{BrokerError, no_declaration};

/// Exchange of the broadcasts.
pub const EVENTS_EXCHANGE: &str = "twofactor.events";

const INBOUND: &str = "crm.auth";
const UNROUTED: &str = "crm.auth.unrouted";
/// Lifetime of a dead letter: 14 days, in milliseconds.
const DEAD_TTL: i32 = 14 * 24 * 60 * 60 * 1000;

/// Maximum count of deliveries of a message. RabbitMQ 4 drops it after 20 by default, which any
/// outage exceeds. RabbitMQ 3.10 has no -1 for "no limit".
const DELIVERY_LIMIT: i32 = 1_000_000_000;

/// Returns the queue of the dead letters of a worker.
pub fn dead_queue(service: Service) -> ShortString {
    format!("twofactor.{}.dead", service.name()).into()
}

/// Returns the queue of the events of a worker.
pub fn queue(service: Service) -> ShortString {
    format!("twofactor.{}", service.name()).into()
}

/// Declares everything.
pub async fn declare(channel: &Channel) -> Result<(), BrokerError> {
    for service in Service::ALL {
        declare_queue(channel, queue(service), None).await?;
        declare_queue(channel, dead_queue(service), Some(DEAD_TTL)).await?;
    }
    declare_exchange(channel, EVENTS_EXCHANGE, ExchangeKind::Topic, None).await?;
    declare_exchange(channel, UNROUTED, ExchangeKind::Fanout, None).await?;
    bind(channel, Service::Login, UNROUTED, "").await?;
    declare_exchange(channel, INBOUND, ExchangeKind::Topic, Some(UNROUTED)).await?;
    for service in Service::ALL {
        for key in service.bindings() {
            bind(channel, service, INBOUND, key).await?;
        }
    }
    Ok(())
}

async fn declare_queue(
    channel: &Channel,
    name: ShortString,
    time_to_live: Option<i32>,
) -> Result<(), BrokerError> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), long_string("quorum"));
    let limit = AMQPValue::LongInt(DELIVERY_LIMIT);
    arguments.insert("x-delivery-limit".into(), limit);
    if let Some(milliseconds) = time_to_live {
        let milliseconds = AMQPValue::LongInt(milliseconds);
        arguments.insert("x-message-ttl".into(), milliseconds);
    }
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel
        .queue_declare(name.clone(), options, arguments)
        .await;
    declared
        .map(drop)
        .map_err(|error| no_declaration(&format!("queue {name}"), &error))
}

async fn declare_exchange(
    channel: &Channel,
    name: &'static str,
    kind: ExchangeKind,
    alternate: Option<&'static str>,
) -> Result<(), BrokerError> {
    let mut arguments = FieldTable::default();
    if let Some(alternate) = alternate {
        arguments.insert("alternate-exchange".into(), long_string(alternate));
    }
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let declared = channel
        .exchange_declare(name.into(), kind, options, arguments)
        .await;
    declared.map_err(|error| no_declaration(&format!("exchange {name}"), &error))
}

async fn bind(
    channel: &Channel,
    service: Service,
    exchange: &'static str,
    key: &'static str,
) -> Result<(), BrokerError> {
    let options = QueueBindOptions::default();
    let name = queue(service);
    let bound = channel.queue_bind(
        name.clone(),
        exchange.into(),
        key.into(),
        options,
        FieldTable::default(),
    );
    let what = || format!("the binding of queue {name} to exchange {exchange}");
    bound.await.map_err(|error| no_declaration(&what(), &error))
}

fn long_string(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}
