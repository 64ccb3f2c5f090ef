//! A queue that nobody reads: it takes one message, is full, and declines every other one.
//!
//! A CRM or an observer leaves such a queue behind by mistake. It knows AMQP's queue arguments, and
//! nothing of what is published to it.

use anyhow::{Context, Result};
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Connection, ConnectionProperties};

use crate::letter::short;
use crate::observer::EXCHANGE;

/// The queue. It is deleted with its connection.
pub struct FullQueue {
    name: String,
    connection: Connection,
    channel: Channel,
}

impl FullQueue {
    /// Declares it as the user that the URL names.
    pub async fn declare(url: &str, name: &str) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect(url, properties)
            .await
            .context("the owner of the queue cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        let own = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
        let overflow = LongString::from("reject-publish");
        arguments.insert("x-overflow".into(), AMQPValue::LongString(overflow));
        channel.queue_declare(short(name), own, arguments).await?;
        Ok(Self {
            name: name.to_owned(),
            connection,
            channel,
        })
    }

    /// Binds it to every broadcast.
    pub async fn observe_everything(&self) -> Result<()> {
        let all = QueueBindOptions::default();
        let name = short(&self.name);
        let bound = self.channel.queue_bind(
            name,
            EXCHANGE.into(),
            "#".into(),
            all,
            FieldTable::default(),
        );
        Ok(bound.await?)
    }

    /// Deletes it.
    pub async fn delete(self) -> Result<()> {
        self.connection.close(200, "done".into()).await?;
        Ok(())
    }
}
