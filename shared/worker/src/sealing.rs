//! Sealing the trail every five minutes, and broadcasting the seals.
//!
//! Every worker tries; the database lets one of them make the seal. A seal counts as broadcast once
//! the broker confirmed it or it was given up, and that was recorded; after a crash in between it
//! is broadcast again, under the same id. A queue that takes no seals is its observer's fault: the
//! seals are kept, and the next one is made all the same.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use twofactor_contract::sealed::AuditSealed;
use twofactor_rules::seal::Seal;
use twofactor_store::{Store, StoreError};

use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::publish::Publisher;

/// Minimum time between two seals.
const SPACING: Duration = Duration::from_mins(5);
/// Time between two checks if a seal is due.
const LOOK: Duration = Duration::from_secs(5);

/// Seals, for the life of the process.
pub async fn keep(store: Store) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Err(error) = seal(&store).await {
            tracing::warn!(%error, "the trail cannot be sealed now; trying again");
        }
    }
}

/// Broadcasts seals while there is a connection that consumes, for the life of the process. It
/// waits for the broker, so seals are made in another task.
pub async fn keep_broadcasting(
    store: Store,
    publisher: Arc<Publisher>,
    metrics: Metrics,
    has_connection: watch::Receiver<bool>,
) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if !*has_connection.borrow() {
            continue;
        }
        if let Err(error) = broadcast(&store, &publisher, &metrics).await {
            tracing::debug!(%error, "the broadcast of a seal is put off");
        }
    }
}

async fn seal(store: &Store) -> Result<(), StoreError> {
    let sealed = store.seal(SPACING).await;
    // Also reported if sealing fails, for then it matters.
    Metrics::seal_age(store.seal_age().await);
    for seal in sealed? {
        tracing::info!(to_seq = seal.to_seq, rows = seal.rows, "sealed the trail");
    }
    Ok(())
}

async fn broadcast(
    store: &Store,
    publisher: &Publisher,
    metrics: &Metrics,
) -> Result<(), StoreError> {
    let seals = store.seals_to_broadcast().await?;
    let Some(last) = seals.last() else {
        return Ok(());
    };
    let all: Vec<Outgoing> = seals.iter().map(outgoing).collect();
    let given_up = publisher.publish_seals(&all).await;
    if given_up > 0 {
        tracing::warn!(given_up, "an observer's queue took no broadcast of a seal");
        metrics.gave_up_broadcasts(given_up);
    }
    store.keep_seal_broadcast(last.to_seq).await
}

fn outgoing(seal: &Seal) -> Outgoing {
    let sealed = AuditSealed {
        from_seq: seal.from_seq,
        to_seq: seal.to_seq,
        rows: seal.rows,
        digest: seal.hex(),
    };
    let event = sealed.event(seal.sealed_at);
    Outgoing {
        id: event.id,
        outcome_type: event.outcome_type,
        public: event.public,
        reply: None,
        dead: None,
        correlation_id: None,
        tally: None,
    }
}
