//! An observer of the broadcasts: it collects all outcomes of `twofactor.events`.
//!
//! It keeps everything as it came, so that a test can search it for what must not be there. Every
//! broadcast must be as the published schemas say.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, Consumer};
use tokio::sync::watch;
use uuid::Uuid;

use crate::outcome::Outcome;
use crate::published::{DifferenceRecorder, Differences, Sight};

/// The exchange on which every outcome is broadcast.
pub const EXCHANGE: &str = "twofactor.events";
const PATIENCE: Duration = Duration::from_mins(1);

/// An observer, with a queue of its own that is bound to all broadcasts.
pub struct Observer {
    seen: watch::Receiver<Vec<Arc<Outcome>>>,
    _connection: Connection,
    _differences: Differences,
}

impl Observer {
    /// Connects as the user that the URL names; from here on nothing is missed.
    pub async fn connect(url: &str) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name("observer".into());
        let connection = Connection::connect(url, properties)
            .await
            .context("the observer cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let none = FieldTable::default;
        let queue = channel.queue_declare("".into(), own, none()).await?;
        let name = queue.name().clone();
        let all = QueueBindOptions::default();
        channel
            .queue_bind(name.clone(), EXCHANGE.into(), "#".into(), all, none())
            .await?;
        let unacknowledged = BasicConsumeOptions {
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let consumer = channel
            .basic_consume(name, "".into(), unacknowledged, none())
            .await?;
        let (sender, seen) = watch::channel(Vec::new());
        let differences = Differences::default();
        tokio::spawn(collect(consumer, sender, differences.recorder()));
        Ok(Self {
            seen,
            _connection: connection,
            _differences: differences,
        })
    }

    /// Returns everything so far, in the order of its arrival.
    pub fn all(&self) -> Vec<Arc<Outcome>> {
        self.seen.borrow().clone()
    }

    /// Returns every copy of the outcome with that id so far.
    pub fn copies(&self, id: Uuid) -> Vec<Arc<Outcome>> {
        let all = self.all().into_iter();
        all.filter(|outcome| outcome.id() == Some(id)).collect()
    }

    /// Returns the outcome with that id, once it is there.
    pub async fn wait_for(&self, id: Uuid) -> Result<Arc<Outcome>> {
        self.wait_until(&format!("with the id {id}"), |outcome| {
            outcome.id() == Some(id)
        })
        .await
    }

    /// Returns the first outcome for which that holds, once it is there; `what` describes it in the
    /// error.
    pub async fn wait_until(
        &self,
        what: &str,
        holds: impl Fn(&Outcome) -> bool,
    ) -> Result<Arc<Outcome>> {
        let find = |seen: &Vec<Arc<Outcome>>| seen.iter().find(|outcome| holds(outcome)).cloned();
        let mut seen = self.seen.clone();
        let waited = tokio::time::timeout(PATIENCE, seen.wait_for(|seen| find(seen).is_some()));
        match waited.await {
            Ok(Ok(seen)) => find(&seen).context("it was there a moment ago"),
            Ok(Err(_)) => bail!("the observer lost its connection to the broker"),
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                bail!("no broadcast {what} after {seconds} s")
            }
        }
    }

    /// Returns all broadcasts with all their properties, as one string to search.
    pub fn everything(&self) -> String {
        let all = self.all();
        let lines = all.iter().map(|outcome| {
            format!(
                "{} {:?} {:?} {:?} {:?}\n",
                outcome.as_string(),
                outcome.routing_key,
                outcome.correlation_id,
                outcome.message_id,
                outcome.headers
            )
        });
        lines.collect()
    }
}

async fn collect(
    mut consumer: Consumer,
    all: watch::Sender<Vec<Arc<Outcome>>>,
    recorder: DifferenceRecorder,
) {
    while let Some(Ok(delivery)) = consumer.next().await {
        let outcome = Arc::new(Outcome::of(delivery));
        recorder.check_outcome(Sight::Broadcast, &outcome);
        all.send_modify(|seen| seen.push(outcome));
    }
}
