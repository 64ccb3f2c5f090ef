//! The client: publishes an event, again where need be, and waits for its outcome.
//!
//! Whatever goes wrong at the broker is tried again while the caller's time lasts. It knows when to
//! try, and nothing of how an event looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lapin::uri::AMQPUri;
use lapin::{Confirmation, ErrorKind};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use uuid::Uuid;

use crate::envelope::{Answer, Attributes, Message};
use crate::error::{ClientError, NotSent};
use crate::fake::FakeClient;
use crate::link::{Link, PATIENCE};
use crate::types::Event;
use crate::waiting::Waiting;

/// AMQP 0-9-1, section 1.1: the user, its rights or the vhost are wrong.
const ACCESS_REFUSED: u16 = 403;
const NOT_ALLOWED: u16 = 530;
const NO_EXCHANGE: u16 = 404;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Asks the two-factor workers. Clones are cheap and share one connection, which the first request
/// opens.
#[derive(Clone)]
pub struct Client {
    source: Arc<str>,
    resend_after: Duration,
    give_up_after: Duration,
    way: Way,
}

/// Where events go.
#[derive(Clone)]
enum Way {
    Broker(Arc<Broker>),
    Fake(FakeClient),
}

struct Broker {
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
    next_try: Option<Instant>,
}

impl Client {
    /// A client of the broker at that URL, `amqps://USER:PASSWORD@HOST:PORT/VHOST`.
    pub fn new(url: &str) -> Self {
        Self::over(Way::Broker(Arc::new(Broker {
            uri: url.parse().ok(),
            waiting: Waiting::new(),
            current: Mutex::default(),
            tries: AtomicU32::new(0),
        })))
    }

    pub(crate) fn fake(fake: FakeClient) -> Self {
        Self::over(Way::Fake(fake))
    }

    fn over(way: Way) -> Self {
        Self {
            source: "/crm".into(),
            resend_after: Duration::from_secs(5),
            give_up_after: Duration::from_secs(30),
            way,
        }
    }

    /// The same client with another source of its events, a URI reference of 1 to 200 characters;
    /// `/crm` by default.
    #[must_use]
    pub fn source(self, source: &str) -> Self {
        let source = source.into();
        Self { source, ..self }
    }

    /// The same client with another time after which an event without an answer is published again;
    /// 5 s by default.
    #[must_use]
    pub fn resend_after(self, resend_after: Duration) -> Self {
        Self {
            resend_after,
            ..self
        }
    }

    /// The same client with another time after which a request ends without an answer; 30 s by
    /// default.
    #[must_use]
    pub fn give_up_after(self, give_up_after: Duration) -> Self {
        Self {
            give_up_after,
            ..self
        }
    }

    /// Publishes an event and returns what it is answered with. Dropping the future ends the wait.
    ///
    /// # Errors
    ///
    /// In every case nobody may be let in; see [`ClientError`].
    pub async fn request<E: Event>(&self, event: &E) -> Result<Answer, ClientError> {
        self.request_with(Attributes::new(), event).await
    }

    /// The same with attributes of the caller's choice: the time at which the person's request came
    /// in, an id, a trace.
    ///
    /// # Errors
    ///
    /// In every case nobody may be let in; see [`ClientError`].
    pub async fn request_with<E: Event>(
        &self,
        attributes: Attributes,
        event: &E,
    ) -> Result<Answer, ClientError> {
        let message = Message::new(&self.source, attributes, event)?;
        let broker = match &self.way {
            Way::Broker(broker) => broker,
            Way::Fake(fake) => return fake.answer(&message),
        };
        let begun = Instant::now();
        let mut not_sent = None;
        let tries = self.tries(broker, &message, &mut not_sent);
        match timeout(self.give_up_after, tries).await {
            Ok(Ok(Some(answer))) => message.answer(&answer),
            Ok(Err(error)) => Err(error),
            Ok(Ok(None)) => Err(message.no_answer(begun.elapsed(), Some(NotSent::Closed))),
            Err(_) => Err(message.no_answer(self.give_up_after, not_sent)),
        }
    }

    /// Ends the connection. Whoever waits gets [`ClientError::NoAnswer`] at once, and so does
    /// whoever asks later.
    pub async fn close(&self) {
        if let Way::Broker(broker) = &self.way {
            broker.waiting.close();
            if let Some(link) = broker.current.lock().await.link.take() {
                link.close().await;
            }
        }
    }

    /// Publishes the same bytes again and again until their answer comes; `None` once it is closed.
    async fn tries(
        &self,
        broker: &Broker,
        message: &Message,
        not_sent: &mut Option<NotSent>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let Some(mut expected) = broker.waiting.expect(&message.id) else {
            return Ok(None);
        };
        let publishing = async {
            for declined in 0.. {
                while broker.publish(message, self.resend_after, not_sent).await? {}
                sleep(pause(declined)).await;
            }
            Ok(None)
        };
        tokio::select! {
            biased;
            answer = expected.comes() => Ok(answer),
            failed = publishing => failed,
        }
    }
}

impl Broker {
    /// Publishes a message once. Returns when it is to be published again: `true` after that time or
    /// a lost connection, `false` where the broker did not take it.
    async fn publish(
        &self,
        message: &Message,
        resend_after: Duration,
        not_sent: &mut Option<NotSent>,
    ) -> Result<bool, ClientError> {
        *not_sent = Some(NotSent::Unreachable);
        let link = self.link().await?;
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
    async fn link(&self) -> Result<Arc<Link>, ClientError> {
        let uri = self.uri.as_ref().ok_or(ClientError::BadUrl)?;
        let mut current = self.current.lock().await;
        loop {
            if let Some(link) = current.link.as_ref().filter(|link| link.is_usable()) {
                return Ok(Arc::clone(link));
            }
            current.link = None;
            if let Some(next_try) = current.next_try {
                sleep_until(next_try).await;
            }
            // Before the try, since its caller may stop waiting meanwhile.
            let tries = self.tries.fetch_add(1, Ordering::Relaxed);
            current.next_try = Some(Instant::now() + pause(tries));
            let opening = Link::open(uri.clone(), self.waiting.clone());
            match timeout(PATIENCE, opening).await {
                Ok(Ok(link)) => current.link = Some(Arc::new(link)),
                Ok(Err(error)) => drop(self.code(&error)?),
                Err(_) => {}
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
fn pause(tries: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << tries.min(5))
        .min(LONGEST_PAUSE);
    let chance = f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX);
    longest.mul_f64(1.0 - chance / 2.0)
}
