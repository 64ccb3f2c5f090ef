//! Which node of the broker a connection leads to, as a direct reply-to address names it.
//!
//! RabbitMQ writes the address into each message that asks for a direct reply, also into one that it
//! returns because no queue takes it. So a message to nobody tells the node, and neither a queue nor
//! a right is needed for it. A broker that answers in another way tells nothing, which is no error.

use std::time::Duration;

use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation, Connection};
use tokio::time::timeout;
use twofactor_contract::ReplyTo;

/// Queue that a consumer names to get direct replies, and the address that its messages begin with.
const DIRECT: &str = "amq.rabbitmq.reply-to";
/// A queue that cannot exist.
const NOBODY: &str = "";
/// Maximum time for an answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Returns the node of the broker at the other end, if the broker tells.
pub async fn own_node(connection: &Connection) -> Option<Vec<u8>> {
    let address = timeout(LIMIT, own_address(connection)).await.ok()?.ok()??;
    ReplyTo::parse(&address)?.node()
}

/// Returns a direct reply-to address of this connection.
async fn own_address(connection: &Connection) -> lapin::Result<Option<String>> {
    // On a channel of its own, since a broker without direct replies closes it.
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let unacknowledged = BasicConsumeOptions {
        no_ack: true,
        ..BasicConsumeOptions::default()
    };
    // Cancelled as soon as it is dropped.
    let _consumer = channel
        .basic_consume(
            DIRECT.into(),
            "".into(),
            unacknowledged,
            FieldTable::default(),
        )
        .await?;
    let returned = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let properties = BasicProperties::default().with_reply_to(DIRECT.into());
    let confirmation = channel
        .basic_publish("".into(), NOBODY.into(), returned, &[], properties)
        .await?
        .await?;
    // The answer is there, however the channel ends.
    let _ = channel.close(200, "asked".into()).await;
    Ok(match confirmation {
        Confirmation::Ack(Some(returned)) => {
            let address = returned.delivery.properties.reply_to().as_ref();
            address.map(|address| address.as_str().to_owned())
        }
        Confirmation::Ack(None) | Confirmation::Nack(_) | Confirmation::NotRequested => None,
    })
}
