//! A channel in confirm mode, opened again whenever it is closed, and the result of each copy that
//! is published on it.
//!
//! A copy is at fault if its queue declines it, if the broker returns it, or if it closes the
//! channel. If a copy is not confirmed in time, its queue is at fault while the channel still
//! answers, and else the connection. While the broker blocks publishing, time limits do not run.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use lapin::options::{BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions};
use lapin::protocol::AMQPErrorKind;
use lapin::{Channel, Confirmation, Connection, ErrorKind};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::copies::Copy;
use super::link::Link;
use super::nodes::Nodes;
use super::own_node::own_node;
use crate::broker::{BrokerError, describe};
use crate::patience::Patience;
use crate::topology;

/// Maximum wait for the answer to a cheap request that shows that the channel is alive.
const PING: Duration = Duration::from_secs(1);
/// Maximum time to open a channel.
const OPENING: Duration = Duration::from_secs(10);
/// Time between two looks if the connection is refused.
const LOOK: Duration = Duration::from_secs(1);
/// Count of missing confirms after which a channel is replaced: the client library keeps each.
const MISSING: usize = 1024;

/// Result of publishing a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The broker confirmed it.
    Confirmed,
    /// No queue took it, so the broker returned it.
    Returned,
    /// A queue declined it.
    Declined,
    /// It was not confirmed in time, although the broker answers.
    Silent,
    /// The channel was closed before it was confirmed, because of this copy or another one.
    ChannelClosed,
    /// The connection was lost before it was confirmed.
    ConnectionLost,
    /// It was not published, since its connection is refused while another one is open.
    NoConnection,
}

impl End {
    /// Returns `true` if the channel or connection was closed, so that the copy may be to blame or
    /// not.
    pub fn is_unclear(self) -> bool {
        matches!(self, Self::ChannelClosed | Self::ConnectionLost)
    }
}

/// Channel of a connection.
pub struct Lane {
    link: Arc<Link>,
    /// Connection that shows if the own one is refused; without one, a channel is waited for without
    /// end, since only the broker can provide it.
    beside: Option<Arc<Link>>,
    opening: Opening,
    current: Mutex<Option<Arc<Open>>>,
    /// Held while a copy must be the only one on the channel.
    alone: Mutex<()>,
}

/// What comes first on a new channel.
enum Opening {
    /// Nothing.
    Nothing,
    /// Exchanges and queues are declared, in case they are gone.
    Declare,
    /// The node of the broker is asked for, since it may be another than before.
    LearnNode(Arc<Nodes>),
}

struct Open {
    connection: Arc<Connection>,
    channel: Channel,
    missing: AtomicUsize,
}

impl Lane {
    /// Makes a channel for copies to queues of others.
    pub fn new(link: Arc<Link>) -> Self {
        Self::opening(link, Opening::Nothing)
    }

    /// Makes a channel for copies to our own exchange and queues, which are declared if they are
    /// gone.
    pub fn declaring(link: Arc<Link>) -> Self {
        Self::opening(link, Opening::Declare)
    }

    /// Makes a channel for copies to queues of others, which tells `nodes` to which one it leads.
    pub fn learning(link: Arc<Link>, nodes: Arc<Nodes>) -> Self {
        Self::opening(link, Opening::LearnNode(nodes))
    }

    /// Makes it give copies up while its connection is refused and that other one is open.
    pub fn beside(self, other: Arc<Link>) -> Self {
        Self {
            beside: Some(other),
            ..self
        }
    }

    fn opening(link: Arc<Link>, opening: Opening) -> Self {
        Self {
            link,
            beside: None,
            opening,
            current: Mutex::new(None),
            alone: Mutex::new(()),
        }
    }

    /// Publishes copies together and returns the result of each, after `limit` at the latest. The wait
    /// for a channel does not count.
    pub async fn together(&self, copies: &[Copy<'_>], limit: Duration) -> Vec<End> {
        if copies.is_empty() {
            return Vec::new();
        }
        let Some(open) = self.open().await else {
            return vec![End::NoConnection; copies.len()];
        };
        let mut deadline = Instant::now() + limit;
        let mut publishing: Vec<_> = copies
            .iter()
            .map(|copy| Box::pin(publish(&open.channel, copy)))
            .collect();
        // The first poll hands a copy to the connection's thread. It is not waited for before the
        // next one is handed over, so that the thread wakes once and writes all. One alone gains nothing
        // from being held back.
        let mut hand_over = || publishing.iter_mut().map(FutureExt::now_or_never).collect();
        let begun: Vec<Option<End>> = match copies {
            [_] => hand_over(),
            _ => self.link.corked(hand_over),
        };
        let mut ends = Vec::with_capacity(copies.len());
        for (publishing, end) in publishing.into_iter().zip(begun) {
            ends.push(match end {
                Some(end) => end,
                None => self.end(&open, publishing, limit, &mut deadline).await,
            });
        }
        self.look_after(&open, &mut ends).await;
        ends
    }

    /// Publishes a copy while no other one is on the channel, so that any error is its own.
    pub async fn alone(&self, copy: &Copy<'_>, limit: Duration) -> End {
        let Some(_alone) = self.link.within(limit, self.alone.lock()).await else {
            return End::Silent;
        };
        let end = self.just(copy, limit).await;
        match end {
            // A connection can be lost by chance, but hardly twice over the same copy.
            End::ConnectionLost => self.just(copy, limit).await,
            end => end,
        }
    }

    /// Returns `true` if nothing can be published on its connection, which is no copy's fault.
    pub fn is_unusable(&self) -> bool {
        self.link.is_unusable()
    }

    /// Waits for a future, `limit` at most; time while nothing can be published does not count.
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        self.link.within(limit, future).await
    }

    /// Drops the channel, so that the next copy opens a new one.
    pub async fn renew(&self) {
        self.current.lock().await.take();
    }

    /// Publishes those copies together once more, and replaces their results.
    pub async fn again(
        &self,
        copies: &[Copy<'_>],
        which: &[usize],
        limit: Duration,
        ends: &mut [End],
    ) {
        let second: Vec<Copy<'_>> = which.iter().map(|at| copies[*at].clone()).collect();
        let ended = self.together(&second, limit).await;
        for (at, end) in which.iter().zip(ended) {
            ends[*at] = end;
        }
    }

    /// Waits until there is a channel; returns `false` if the connection is refused.
    pub async fn until_open(&self) -> bool {
        self.open().await.is_some()
    }

    async fn just(&self, copy: &Copy<'_>, limit: Duration) -> End {
        let ends = self.together(std::slice::from_ref(copy), limit).await;
        ends.first().copied().unwrap_or(End::Silent)
    }

    /// Returns the channel; `None` if the connection is refused.
    async fn open(&self) -> Option<Arc<Open>> {
        let Some(beside) = &self.beside else {
            return Some(self.opened().await);
        };
        let mut opened = std::pin::pin!(self.opened());
        while !self.link.is_refused(beside) {
            if let Ok(open) = timeout(LOOK, &mut opened).await {
                return Some(open);
            }
        }
        None
    }

    async fn opened(&self) -> Arc<Open> {
        let mut current = self.current.lock().await;
        if let Some(open) = current.as_ref().filter(|open| open.is_usable()) {
            return open.clone();
        }
        let mut patience = Patience::new();
        loop {
            let connection = self.link.connection().await;
            let opening = timeout(OPENING, self.open_on(&connection)).await;
            let opened = opening.unwrap_or_else(|_| Err(BrokerError::new("it does not answer")));
            match opened {
                Ok(channel) => {
                    let open = Arc::new(Open {
                        connection,
                        channel,
                        missing: AtomicUsize::new(0),
                    });
                    *current = Some(open.clone());
                    return open;
                }
                Err(error) => {
                    self.link.give_up(&connection, &error).await;
                    patience.wait().await;
                }
            }
        }
    }

    async fn open_on(&self, connection: &Connection) -> Result<Channel, BrokerError> {
        let problem = |error: lapin::Error| BrokerError::new(describe(&error));
        let channel = connection.create_channel().await.map_err(problem)?;
        let confirms = channel.confirm_select(ConfirmSelectOptions::default());
        confirms.await.map_err(problem)?;
        match &self.opening {
            Opening::Nothing => {}
            Opening::Declare => topology::declare(&channel).await?,
            Opening::LearnNode(nodes) => {
                if let Some(node) = own_node(connection).await {
                    nodes.set_own(node);
                }
            }
        }
        Ok(channel)
    }

    /// Waits for the result of a copy that is being published, until the deadline; time while the
    /// broker blocks publishing does not count.
    async fn end(
        &self,
        open: &Open,
        mut publishing: impl Future<Output = End> + Unpin,
        limit: Duration,
        deadline: &mut Instant,
    ) -> End {
        loop {
            match timeout_at(*deadline, &mut publishing).await {
                Ok(end) => return end,
                Err(_) if self.is_blocked(open) => *deadline = Instant::now() + limit,
                Err(_) => return End::Silent,
            }
        }
    }

    /// Checks that the channel still answers, if copies were not confirmed. If it does not, the
    /// connection is dropped, and the copies may be published once more.
    async fn look_after(&self, open: &Arc<Open>, ends: &mut [End]) {
        let silent = ends.iter().filter(|end| **end == End::Silent).count();
        if silent > 0 {
            open.missing.fetch_add(silent, Ordering::Relaxed);
            let asked = open.channel.basic_qos(0, BasicQosOptions::default());
            if !matches!(timeout(PING, asked).await, Ok(Ok(()))) {
                let silent = BrokerError::new("the broker does not answer on the connection");
                self.link.give_up(&open.connection, &silent).await;
                for end in ends.iter_mut().filter(|end| **end == End::Silent) {
                    *end = End::ConnectionLost;
                }
            }
        }
        if ends.iter().any(|end| end.is_unclear()) {
            let mut current = self.current.lock().await;
            if current.as_ref().is_some_and(|now| Arc::ptr_eq(now, open)) {
                *current = None;
            }
        }
    }

    fn is_blocked(&self, open: &Open) -> bool {
        self.link.check_blocked(&open.connection)
    }
}

impl Open {
    fn is_usable(&self) -> bool {
        self.channel.status().connected()
            && self.connection.status().connected()
            && self.missing.load(Ordering::Relaxed) < MISSING
    }
}

/// Publishes a copy, and returns its result once the broker has confirmed it or cannot.
async fn publish(channel: &Channel, copy: &Copy<'_>) -> End {
    let options = BasicPublishOptions {
        mandatory: copy.mandatory,
        immediate: false,
    };
    let exchange = copy.exchange.into();
    let key = copy.routing_key.into();
    let sent = channel.basic_publish(exchange, key, options, copy.body, copy.properties());
    let confirmed = match sent.await {
        Ok(confirm) => confirm.await,
        Err(error) => Err(error),
    };
    match confirmed {
        // The library may attach a returned message to another confirm; the count is right.
        Ok(Confirmation::Ack(Some(_))) => End::Returned,
        Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => End::Confirmed,
        Ok(Confirmation::Nack(_)) => End::Declined,
        Err(error) => end_of(&error),
    }
}

/// Returns the result of a copy that was on the channel when the client library failed.
fn end_of(error: &lapin::Error) -> End {
    match error.kind() {
        ErrorKind::ProtocolError(error) if matches!(error.kind(), AMQPErrorKind::Soft(_)) => {
            End::ChannelClosed
        }
        _ => End::ConnectionLost,
    }
}
