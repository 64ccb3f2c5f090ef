//! A message that was read, with the delivery that brought it: where it must be acknowledged, and
//! what became of it so far.
//!
//! It knows the broker's connection. What the message says is `intake`'s.

use std::sync::Arc;
use std::time::Instant;

use data_encoding::HEXLOWER;
use lapin::message::Delivery;
use twofactor_contract::Service;

use crate::consumer_connection::ConsumerConnection;
use crate::in_hand::{Held, InHand};
use crate::inbound::Finding;
use crate::intake::Received;
use crate::metrics::Metrics;
use crate::trace::Trace;

/// A message, and the delivery that brought it.
pub struct Delivered {
    /// What it says.
    pub message: Received,
    /// The connection that it must be acknowledged on.
    pub connection: Arc<ConsumerConnection>,
    /// The delivery tag.
    pub tag: u64,
    /// When it came.
    pub at: Instant,
    /// Ends when it is acknowledged or comes back.
    pub held: Held,
    /// How often it failed on its own.
    pub failures: u8,
    /// How often it stepped back since nobody knew whose fault a failure was.
    pub steps_back: u8,
    /// How many batches had been decided when it failed so last.
    pub failed_at: Option<u64>,
    /// How often another worker was faster with what it is about.
    pub conflicts: u8,
    /// What happened to it so far, where somebody wants to know.
    pub trace: Option<Box<Trace>>,
}

/// Reads what a worker is delivered.
#[derive(Clone)]
pub struct Intake {
    /// Which worker.
    pub service: Service,
    /// Whether deliveries have traces.
    pub is_traced: bool,
    /// What was taken and is not finished.
    pub in_hand: InHand,
    /// What is counted.
    pub metrics: Metrics,
}

impl Intake {
    /// Takes a delivery of this connection.
    pub fn take(&self, connection: &Arc<ConsumerConnection>, delivery: Delivery) -> Delivered {
        let tag = delivery.delivery_tag;
        let at = Instant::now();
        let held = self.in_hand.hold(at);
        let finding = connection.inbound.finding(tag);
        if let Some(Finding::Isolated(digest)) = finding {
            let sha256 = HEXLOWER.encode(&digest.sha256);
            let length = digest.length;
            tracing::error!(
                sha256,
                length,
                "a message that breaks every connection is set aside"
            );
            self.metrics.isolated_delivery();
        }
        let message = Received::new(self.service, delivery, finding);
        let trace = self
            .is_traced
            .then(|| Trace::begin(&message, tag, at))
            .flatten();
        Delivered {
            message,
            connection: connection.clone(),
            tag,
            at,
            held,
            failures: 0,
            steps_back: 0,
            failed_at: None,
            conflicts: 0,
            trace,
        }
    }
}

impl Delivered {
    /// Whether working on it still makes sense: its delivery can be acknowledged, or a text was
    /// sent for it, of which nobody else knows what became.
    pub fn is_wanted(&self) -> bool {
        self.message.answered.is_some() || !self.connection.is_lost()
    }
}
