//! The loop of a worker: a connection, batches from it, until it is asked to stop.
//!
//! Events arrive from the broker, and come back once the provider has answered. Those that come back
//! are first in a batch; of the others it takes one of each institution in turn, so that nobody waits
//! for the many of another. A lost connection takes with it what waits here. When the process is asked
//! to stop, no more deliveries are taken, and those that wait return to the queue; texts that are being
//! sent are waited for and decided.
//!
//! While one batch is decided and written, the next one is loaded and decided, if it is full: two batches
//! of one event cost more than one batch of two. [`batch_order`](crate::batch_order) keeps their order.

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use lapin::Consumer;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use twofactor_contract::TenantId;

use crate::batch;
use crate::batch_order::{Ahead, Place};
use crate::broker::describe;
use crate::consumer_connection::ConsumerConnection;
use crate::consumer_connector::Consuming;
use crate::delivered::{Arrived, Delivered, Intake};
use crate::fair_queue::FairQueue;
use crate::fates::Fates;
use crate::health::Status;

/// Maximum count of deliveries that are read for one batch, in batches: others must be seen soon behind
/// those of one institution, and a full queue must not delay the first batch.
const READ_AHEAD: usize = 8;

/// Maximum counts.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Events in one batch.
    batch: usize,
    /// Batches at work.
    at_work: usize,
}

impl Sizes {
    /// Allows two batches at work if there is a connection to the database besides, for sealing,
    /// housekeeping and the pages.
    pub fn new(batch: usize, db_pool: usize) -> Self {
        let at_work = if db_pool > 2 { 2 } else { 1 };
        Self { batch, at_work }
    }
}

/// Deliveries that wait for a batch, by their institution.
pub type Waiting = FairQueue<Option<TenantId>, Arrived>;

/// Parts of the loop.
pub struct Worker {
    /// Reads deliveries.
    pub intake: Intake,
    /// Decides batches.
    pub fates: Arc<Fates>,
    /// Batches at work.
    pub at_work: JoinSet<()>,
    /// The one that began last beside others.
    pub ahead: Option<Ahead>,
    /// Events that come back to be decided.
    pub again: mpsc::UnboundedReceiver<Delivered>,
    /// Connections that consume, one after the other.
    pub connections: mpsc::Receiver<Consuming>,
    /// Deliveries of the present connection.
    pub waiting: Waiting,
    /// Maximum counts.
    pub sizes: Sizes,
    /// `true` once the process is asked to stop.
    pub stop: watch::Receiver<bool>,
    /// State of the worker, which notes that it stops.
    pub status: Arc<Status>,
}

/// Reason why the loop wakes up.
enum Woken {
    Connection(Consuming),
    /// A batch is done.
    Done(Result<(), JoinError>),
    /// An event came back.
    Returned(Delivered),
    /// Deliveries wait, and there is room for them.
    Waiting,
    Lost,
    Stop,
}

impl Worker {
    /// Works until it is asked to stop and everything that was begun is finished.
    pub async fn run(mut self) {
        let mut consuming: Option<Consuming> = None;
        let mut stopping = false;
        let fates = self.fates.clone();
        let is_idle =
            |at_work: &JoinSet<()>| at_work.is_empty() && fates.turns.in_flight.is_empty();
        while !(stopping && is_idle(&self.at_work)) {
            match self.wake(consuming.as_mut(), stopping).await {
                Woken::Connection(connection) => consuming = Some(connection),
                Woken::Done(ended) => pass_panic_on(ended),
                Woken::Returned(event) => self.handle(Some(event), &mut consuming).await,
                Woken::Waiting => self.handle(None, &mut consuming).await,
                Woken::Lost => self.lose(&mut consuming),
                Woken::Stop => {
                    stopping = true;
                    self.status.set_stopping();
                    self.connections.close();
                    while let Ok((next, _)) = self.connections.try_recv() {
                        next.end().await;
                    }
                    give_back(&mut self.waiting, consuming.as_mut()).await;
                }
            }
        }
        self.fates.outbox.drain().await;
        if let Some((connection, _)) = &consuming {
            connection.end().await;
        }
    }

    /// Waits for what comes first. After the request to stop it waits only for batches at work and for
    /// answers to texts.
    async fn wake(&mut self, consuming: Option<&mut Consuming>, stopping: bool) -> Woken {
        let (connection, consumer) = match consuming {
            Some((connection, consumer)) if !stopping => (Some(connection), Some(consumer)),
            _ => (None, None),
        };
        let connection = connection.cloned();
        let is_connected = connection.is_some();
        let has_waiting = !self.waiting.is_empty();
        tokio::select! {
            biased;
            Ok(_) = self.stop.wait_for(|stop| *stop), if !stopping => Woken::Stop,
            Some(ended) = self.at_work.join_next() => Woken::Done(ended),
            Some(event) = self.again.recv() => Woken::Returned(event),
            () = until_lost(connection.as_deref()), if is_connected => Woken::Lost,
            () = until_room(connection.as_deref()), if is_connected && has_waiting => {
                Woken::Waiting
            }
            delivery = next(connection.as_deref(), consumer), if is_connected && !has_waiting => {
                match delivery {
                    Some(Ok(delivery)) => {
                        self.waiting.push(Arrived::new(delivery, Instant::now()));
                        Woken::Waiting
                    }
                    Some(Err(error)) => {
                        tracing::warn!(error = describe(&error), "the broker ended the consumer");
                        Woken::Lost
                    }
                    None => Woken::Lost,
                }
            }
            Some(next) = self.connections.recv(), if !is_connected && !stopping => {
                Woken::Connection(next)
            }
        }
    }

    /// Decides a batch of what came back, this event first, and of what waits.
    async fn handle(&mut self, returned: Option<Delivered>, consuming: &mut Option<Consuming>) {
        let mut events = Vec::from_iter(returned);
        batch::add_returned(&mut events, self.sizes.batch, &mut self.again);
        let is_stopping = *self.stop.borrow();
        let is_open = match consuming {
            Some(consuming) if !is_stopping => self.fill(&mut events, consuming),
            _ => true,
        };
        if !events.is_empty() {
            self.decide(events, consuming).await;
        }
        if !is_open {
            self.lose(consuming);
        }
    }

    /// Decides a batch, or only begins it if the next one is full. The database may not answer for long.
    /// So if the connection is lost meanwhile, what waits of it is dropped at once, to be delivered again
    /// on the next one; and if the process is asked to stop, it is returned for other workers.
    async fn decide(&mut self, events: Vec<Delivered>, consuming: &mut Option<Consuming>) {
        let connection = consuming.as_ref().map(|(connection, _)| connection.clone());
        let next_is_full = self.waiting.len() >= self.sizes.batch;
        let most = if next_is_full { self.sizes.at_work } else { 1 };
        let at_work = &mut self.at_work;
        let deciding = until_next(&self.fates, events, at_work, most, &mut self.ahead);
        let mut deciding = pin!(deciding);
        let mut stop = self.stop.clone();
        let is_stopping = *stop.borrow();
        tokio::select! {
            biased;
            () = &mut deciding => return,
            () = until_lost(connection.as_deref()) => {
                self.waiting.clear();
                *consuming = None;
            }
            () = until_asked(&mut stop), if !is_stopping => {
                give_back(&mut self.waiting, consuming.as_mut()).await;
            }
        }
        deciding.await;
    }

    /// Reads what has arrived, and fills the batch in turn. `false` if the connection is lost.
    fn fill(&mut self, events: &mut Vec<Delivered>, consuming: &mut Consuming) -> bool {
        let (connection, consumer) = consuming;
        let now = Instant::now();
        let waiting = &mut self.waiting;
        let keep = |delivery| waiting.push(Arrived::new(delivery, now));
        let read = batch::read(consumer, READ_AHEAD * self.sizes.batch, keep);
        let room = connection.room().min(self.sizes.batch - events.len());
        self.waiting.take(room, Arrived::tenant, |arrived| {
            events.push(self.intake.take(connection, arrived));
        });
        read.is_ok()
    }

    /// Gives the connection up, with what waits of it.
    fn lose(&mut self, consuming: &mut Option<Consuming>) {
        self.waiting.clear();
        if let Some((connection, _)) = consuming.take() {
            connection.lose();
        }
    }
}

/// Takes no more deliveries, and returns those that wait to the queue for other workers.
async fn give_back(waiting: &mut Waiting, consuming: Option<&mut Consuming>) {
    let Some((connection, consumer)) = consuming else {
        return;
    };
    connection.stop_consuming().await;
    let now = Instant::now();
    let keep = |delivery| waiting.push(Arrived::new(delivery, now));
    // A connection that is lost returns them all.
    let _ = batch::read(consumer, usize::MAX, keep);
    let mut tags = Vec::with_capacity(waiting.len());
    waiting.take(waiting.len(), Arrived::tenant, |arrived| {
        tags.push(arrived.tag());
    });
    connection.give_back(&tags).await;
}

/// Decides a batch behind the one ahead. Returns once another one may begin: if `most` may be at work,
/// when this one holds its locks and fewer are; it is ahead of the next one then.
async fn until_next(
    fates: &Arc<Fates>,
    events: Vec<Delivered>,
    at_work: &mut JoinSet<()>,
    most: usize,
    ahead: &mut Option<Ahead>,
) {
    let (place, mut own) = Place::behind(ahead.take());
    if most <= 1 {
        // In this task, since another one costs as much as a tenth of a batch of one event.
        fates.meet(events, place).await;
        return;
    }
    let fates = fates.clone();
    at_work.spawn(async move { fates.meet(events, place).await });
    own.until_locked().await;
    *ahead = Some(own);
    while at_work.len() >= most
        && let Some(ended) = at_work.join_next().await
    {
        pass_panic_on(ended);
    }
}

/// Panics if a batch did, where nothing caught it.
fn pass_panic_on(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        resume_unwind(error.into_panic());
    }
}

/// Waits until the process is asked to stop.
async fn until_asked(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn until_lost(connection: Option<&ConsumerConnection>) {
    match connection {
        Some(connection) => connection.until_lost().await,
        None => std::future::pending().await,
    }
}

/// Waits until batches may take an event of it.
async fn until_room(connection: Option<&ConsumerConnection>) {
    match connection {
        Some(connection) => connection.until_room().await,
        None => std::future::pending().await,
    }
}

/// Waits for a delivery, once batches may take one.
async fn next(
    connection: Option<&ConsumerConnection>,
    consumer: Option<&mut Consumer>,
) -> Option<lapin::Result<lapin::message::Delivery>> {
    connection?.until_room().await;
    consumer?.next().await
}
