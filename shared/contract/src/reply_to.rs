//! Where a reply may go.

/// An AMQP `reply_to` that the contract allows: the requester's own queue, never one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo(String);

impl ReplyTo {
    /// The reply queue, or `None` where the name is foreign.
    pub fn parse(name: &str) -> Option<Self> {
        let allowed = ["amq.rabbitmq.reply-to.", "crm.reply.", "amq.gen-"];
        let right = name.len() <= 255 && allowed.iter().any(|prefix| name.starts_with(prefix));
        right.then(|| Self(name.to_owned()))
    }

    /// The queue's name, which is its routing key on the default exchange.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is RabbitMQ's direct reply-to, for which the broker cannot say if it was delivered.
    pub fn is_direct(&self) -> bool {
        self.0.starts_with("amq.rabbitmq.reply-to.")
    }
}
