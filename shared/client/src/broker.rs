//! The broker: one link to it, opened anew when it is lost, on which every caller publishes.
//!
//! It knows what the broker makes of a try, and nothing of how often a caller tries.

use std::io::ErrorKind::InvalidData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lapin::uri::AMQPUri;
use lapin::{Confirmation, ErrorKind};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use uuid::Uuid;

use crate::envelope::Message;
use crate::error::{ClientError, NotSent};
use crate::link::Link;
use crate::waiting::{Expected, Waiting};

/// AMQP 0-9-1, section 1.1: the user, its rights or the vhost are wrong.
const ACCESS_REFUSED: u16 = 403;
const NOT_ALLOWED: u16 = 530;
const NO_EXCHANGE: u16 = 404;
/// For the broker to take a connection, and to take its leave.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One broker, and who waits for an answer of it.
pub(crate) struct Broker {
    /// `None` where the URL cannot be read.
    uri: Option<AMQPUri>,
    waiting: Waiting,
    current: Mutex<Current>,
    /// Tries to connect since an event was last taken.
    tries: AtomicU32,
}

#[derive(Default)]
struct Current {
    link: Option<Arc<Link>>,
    /// Earliest time of the next try to connect.
    next_try: Option<Instant>,
    /// What the last try ended with where another would end alike, and until when that holds.
    refused: Option<(ClientError, Instant)>,
}

impl Broker {
    /// The broker at that URL. Nothing is connected yet.
    pub fn new(url: &str) -> Self {
        Self {
            uri: url.parse().ok(),
            waiting: Waiting::new(),
            current: Mutex::default(),
            tries: AtomicU32::new(0),
        }
    }

    /// Waits for the answer with that correlation id; `None` where the client is closed.
    pub fn expect(&self, correlation_id: &str) -> Option<Expected> {
        self.waiting.expect(correlation_id)
    }

    /// Ends the connection and every wait.
    pub async fn close(&self) {
        self.waiting.close();
        let left = async {
            if let Some(link) = self.current.lock().await.link.take() {
                link.close().await;
            }
        };
        // A broker that does not answer is left all the same.
        let _ = timeout(PATIENCE, left).await;
    }

    /// Publishes a message once. Returns when it is to be published again: `true` after that time or
    /// a lost connection, `false` where the broker did not take it.
    pub async fn publish(
        &self,
        message: &Arc<Message>,
        resend_after: Duration,
        not_sent: &mut Option<NotSent>,
    ) -> Result<bool, ClientError> {
        not_sent.get_or_insert(NotSent::Unreachable);
        let link = self.link(not_sent).await?;
        while link.is_blocked() {
            *not_sent = Some(NotSent::Blocked);
            if timeout(FIRST_PAUSE, link.is_lost()).await.is_ok() {
                return Ok(true);
            }
        }
        *not_sent = Some(NotSent::Unconfirmed);
        let again = Instant::now() + resend_after;
        *not_sent = match timeout_at(again, link.publish(message)).await {
            Ok(Ok(Confirmation::Ack(None) | Confirmation::NotRequested)) => None,
            Ok(Ok(Confirmation::Ack(Some(_)))) => Some(NotSent::Returned),
            Ok(Ok(Confirmation::Nack(_))) => Some(NotSent::Declined),
            Ok(Err(error)) => {
                link.leave();
                let code = self.code(&error)?;
                Some(match code {
                    Some(NO_EXCHANGE) => NotSent::Returned,
                    _ => NotSent::Unconfirmed,
                })
            }
            Err(_) if link.is_blocked() => return Ok(true),
            Err(_) => {
                link.leave();
                return Ok(true);
            }
        };
        if not_sent.is_none() {
            self.tries.store(0, Ordering::Relaxed);
            // Either end is a reason to publish again.
            let _ = timeout_at(again, link.is_lost()).await;
        }
        Ok(not_sent.is_none())
    }

    /// The open link, or a new one as soon as the broker takes one.
    async fn link(&self, not_sent: &mut Option<NotSent>) -> Result<Arc<Link>, ClientError> {
        let uri = self.uri.as_ref().ok_or(ClientError::BadUrl)?;
        let mut current = self.current.lock().await;
        loop {
            if let Some(link) = current.link.as_ref().filter(|link| link.is_usable()) {
                return Ok(Arc::clone(link));
            }
            current.link = None;
            if let Some((refused, until)) = &current.refused
                && Instant::now() < *until
            {
                return Err(refused.clone());
            }
            if let Some(next_try) = current.next_try {
                sleep_until(next_try).await;
            }
            // Before the try, since its caller may stop waiting meanwhile.
            let tries = self.tries.fetch_add(1, Ordering::Relaxed);
            current.next_try = Some(Instant::now() + pause(tries));
            let opening = Link::open(uri.clone(), self.waiting.clone(), PATIENCE);
            match timeout(PATIENCE, opening).await {
                Ok(Ok(link)) => current.link = Some(Arc::new(link)),
                Ok(Err(error)) => {
                    if let Err(refused) = self.code(&error) {
                        current.refused = Some((refused.clone(), Instant::now() + LONGEST_PAUSE));
                        return Err(refused);
                    }
                    *not_sent = Some(match error.kind() {
                        ErrorKind::IOError(error) if error.kind() == InvalidData => {
                            NotSent::Untrusted
                        }
                        _ => NotSent::Unreachable,
                    });
                }
                Err(_) => *not_sent = Some(NotSent::Unreachable),
            }
        }
    }

    /// The code with which the broker closed a channel or a connection, if it did; an error where
    /// trying again is of no use.
    fn code(&self, error: &lapin::Error) -> Result<Option<u16>, ClientError> {
        let ErrorKind::ProtocolError(error) = error.kind() else {
            return Ok(None);
        };
        match (error.get_id(), &self.uri) {
            (ACCESS_REFUSED | NOT_ALLOWED, Some(uri)) => Err(ClientError::AccessRefused {
                host: format!("{}:{}", uri.authority.host, uri.authority.port),
                user: uri.authority.userinfo.username.clone(),
            }),
            (code, _) => Ok(Some(code)),
        }
    }
}

/// The pause after so many tries: 0.1 s doubling to 2 s, less up to half by chance, so that not all
/// who lost a broker come back at once.
pub(crate) fn pause(tries: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << tries.min(5))
        .min(LONGEST_PAUSE);
    let chance = f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX);
    longest.mul_f64(1.0 - chance / 2.0)
}
