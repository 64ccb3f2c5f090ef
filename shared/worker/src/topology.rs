//! The exchanges and queues of the contract, which every worker declares before it consumes.
//!
//! Each declares all of them, so that no event finds its queue missing because one worker starts
//! before another. Declaring again changes nothing. What cannot be declared is named, since only an
//! operator can mend it.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ExchangeKind};
use twofactor_contract::Service;

use crate::broker::{BrokerError, no_declaration};

/// Where every outcome is broadcast.
pub const EVENTS_EXCHANGE: &str = "twofactor.events";

const INBOUND: &str = "crm.auth";
const UNROUTED: &str = "crm.auth.unrouted";
/// 14 days in milliseconds.
const DEAD_TTL: i32 = 14 * 24 * 60 * 60 * 1000;

/// How often a message may be delivered. RabbitMQ 4 drops it after 20 deliveries unless told
/// otherwise, which any outage reaches. RabbitMQ 3.10 knows no -1 for "no limit".
const DELIVERY_LIMIT: i32 = 1_000_000_000;

/// The queue of what a worker could not handle.
pub fn dead_queue(service: Service) -> ShortString {
    format!("twofactor.{}.dead", service.name()).into()
}

/// The queue of what a worker handles.
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

fn long_string(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}
