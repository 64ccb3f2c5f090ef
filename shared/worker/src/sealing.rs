//! Sealing the trail every five minutes, and broadcasting the seals.
//!
//! Every worker asks for it; the database lets one of them make the seal. A seal counts as
//! broadcast once the broker confirmed it and that was kept, so one that a crash came between is
//! broadcast again, under the same id.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use twofactor_contract::sealed::AuditSealed;
use twofactor_rules::seal::Seal;
use twofactor_store::{Store, StoreError};

use crate::broker::said;
use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::session::Session;

/// Between two seals, at least.
const SPACING: Duration = Duration::from_mins(5);
/// Between two looks whether a seal is due.
const LOOK: Duration = Duration::from_secs(5);

/// The session with the broker at this moment, if there is one.
pub type Current = watch::Receiver<Option<Arc<Session>>>;

/// Seals and broadcasts, for the life of the process.
pub async fn keep(store: Store, current: Current) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Err(error) = seal(&store).await {
            tracing::warn!(%error, "the trail cannot be sealed now; trying again");
        }
        if let Err(error) = broadcast(&store, &current).await {
            tracing::debug!(%error, "the broadcast of a seal is put off");
        }
    }
}

async fn seal(store: &Store) -> Result<(), StoreError> {
    let sealed = store.seal(SPACING).await;
    // Told also where sealing fails, for then it matters.
    Metrics::seal_age(store.seal_age().await);
    for seal in sealed? {
        tracing::info!(to_seq = seal.to_seq, rows = seal.rows, "sealed the trail");
    }
    Ok(())
}

async fn broadcast(store: &Store, current: &Current) -> Result<(), StoreError> {
    let session = current.borrow().clone();
    let Some(session) = session.filter(|session| !session.is_lost()) else {
        return Ok(());
    };
    let seals = store.seals_to_broadcast().await?;
    let Some(last) = seals.last() else {
        return Ok(());
    };
    let all: Vec<Outgoing> = seals.iter().map(outgoing).collect();
    match session.publisher.publish(&all).await {
        Ok(_) => store.keep_seal_broadcast(last.to_seq).await,
        Err(error) => {
            let error = said(&error);
            tracing::warn!(error, "a seal could not be broadcast; trying again");
            session.lose();
            Ok(())
        }
    }
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
