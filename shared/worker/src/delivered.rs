//! A delivery that waits for its batch, and a message that was read, with its delivery: the connection
//! on which it must be acknowledged, and the failures so far.
//!
//! It knows the connection that consumes. `intake` reads the message.

use std::sync::Arc;
use std::time::Instant;

use data_encoding::HEXLOWER;
use lapin::message::Delivery;
use twofactor_contract::{Service, TenantId, named_tenant};

use crate::consumer_connection::ConsumerConnection;
use crate::in_hand::{Held, InHand};
use crate::inbound::Finding;
use crate::intake::Received;
use crate::metrics::Metrics;
use crate::trace::Trace;

/// Delivery that waits for its batch, as the client library hands it over: nothing is made of it
/// before its turn.
pub struct Arrived {
    delivery: Delivery,
    at: Instant,
}

impl Arrived {
    /// Makes it of a delivery that is here since `at`.
    pub fn new(delivery: Delivery, at: Instant) -> Self {
        Self { delivery, at }
    }

    /// Returns its delivery tag.
    pub fn tag(&self) -> u64 {
        self.delivery.delivery_tag
    }

    /// Returns the institution that it names.
    pub fn tenant(&self) -> Option<TenantId> {
        named_tenant(&self.delivery.data)
    }
}

/// Message with its delivery.
pub struct Delivered {
    /// Message, as read.
    pub message: Received,
    /// Connection on which it must be acknowledged.
    pub connection: Arc<ConsumerConnection>,
    /// Delivery tag.
    pub tag: u64,
    /// Time at which the worker read it from its connection.
    pub at: Instant,
    /// Entry among the deliveries in hand, until it is acknowledged or lost.
    pub held: Held,
    /// Count of failures on its own.
    pub failures: u8,
    /// `true` once it was in a batch that failed for an unknown reason.
    pub is_in_doubt: bool,
    /// Count of times that it was put off because the cause of a failure was unknown.
    pub times_put_off: u8,
    /// Count of batches that had been decided at its last failure of that kind.
    pub failed_at: Option<u64>,
    /// Count of conflicts with another worker.
    pub conflicts: u8,
    /// Stages so far, if it is traced.
    pub trace: Option<Box<Trace>>,
}

/// Reads the deliveries of a worker.
#[derive(Clone)]
pub struct Intake {
    /// Service of the worker.
    pub service: Service,
    /// `true` if events are traced.
    pub is_traced: bool,
    /// Deliveries that were taken and are not finished.
    pub in_hand: InHand,
    /// Metrics of the worker.
    pub metrics: Metrics,
}

impl Intake {
    /// Reads a delivery of this connection for a batch.
    pub fn take(&self, connection: &Arc<ConsumerConnection>, arrived: Arrived) -> Delivered {
        connection.takes_one();
        let delivery = arrived.delivery;
        let tag = delivery.delivery_tag;
        let held = self.in_hand.hold(Instant::now());
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
            .then(|| Trace::begin(&message, tag, arrived.at))
            .flatten();
        Delivered {
            message,
            connection: connection.clone(),
            tag,
            at: arrived.at,
            held,
            failures: 0,
            is_in_doubt: false,
            times_put_off: 0,
            failed_at: None,
            conflicts: 0,
            trace,
        }
    }
}

impl Delivered {
    /// Returns `true` while it must be decided here: its delivery can be acknowledged, or a text
    /// was sent for it, and no other worker knows the answer of the provider.
    pub fn is_wanted(&self) -> bool {
        self.message.answered.is_some() || !self.connection.is_lost()
    }
}
