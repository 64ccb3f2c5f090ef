//! The exchanges and queues of the contract, which every worker declares before it consumes.
//!
//! Each declares all of them, so that no event finds its queue missing because one worker starts
//! before another. Declaring again changes nothing.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ExchangeKind};
use twofactor_contract::Service;

use crate::publish::{EVENTS_EXCHANGE, dead_queue, queue};

const INBOUND: &str = "crm.auth";
const UNROUTED: &str = "crm.auth.unrouted";
/// 14 days in milliseconds.
const DEAD_TTL: i32 = 14 * 24 * 60 * 60 * 1000;

/// Declares everything.
pub async fn declare(channel: &Channel) -> lapin::Result<()> {
    for service in Service::ALL {
        declare_queue(channel, queue(service), &[]).await?;
        let ttl = ("x-message-ttl", AMQPValue::LongInt(DEAD_TTL));
        declare_queue(channel, dead_queue(service), &[ttl]).await?;
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
    more: &[(&'static str, AMQPValue)],
) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    for (name, value) in more {
        arguments.insert((*name).into(), value.clone());
    }
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel.queue_declare(name, options, arguments).await?;
    Ok(())
}

async fn declare_exchange(
    channel: &Channel,
    name: &'static str,
    kind: ExchangeKind,
    alternate: Option<&'static str>,
) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    if let Some(alternate) = alternate {
        arguments.insert("alternate-exchange".into(), text(alternate));
    }
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(name.into(), kind, options, arguments)
        .await
}

async fn bind(
    channel: &Channel,
    service: Service,
    exchange: &'static str,
    key: &'static str,
) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    let (queue, none) = (queue(service), FieldTable::default());
    channel
        .queue_bind(queue, exchange.into(), key.into(), options, none)
        .await
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}
