//! The client: publishes an event, again where need be, and waits for its outcome.
//!
//! Whatever goes wrong at the broker is tried again while the caller's time lasts. It knows when to
//! try, and nothing of how an event looks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::broker::{Broker, pause};
use crate::envelope::{Answer, Attributes, Message};
use crate::error::{ClientError, NotSent};
use crate::fake::FakeClient;
use crate::types::Event;

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

impl Client {
    /// A client of the broker at that URL, `amqps://USER:PASSWORD@HOST:PORT/VHOST`.
    pub fn new(url: &str) -> Self {
        Self::over(Way::Broker(Arc::new(Broker::new(url))))
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
        self.request_with(event, Attributes::new()).await
    }

    /// The same with attributes of the caller's choice: the time at which the person's request came
    /// in, an id, a trace.
    ///
    /// # Errors
    ///
    /// In every case nobody may be let in; see [`ClientError`].
    pub async fn request_with<E: Event>(
        &self,
        event: &E,
        attributes: Attributes,
    ) -> Result<Answer, ClientError> {
        let message = Message::new(&self.source, event, attributes)?;
        let broker = match &self.way {
            Way::Broker(broker) => broker,
            Way::Fake(fake) => return fake.answer(&message),
        };
        let message = Arc::new(message);
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
            broker.close().await;
        }
    }

    /// Publishes the same bytes again and again until their answer comes; `None` once it is closed.
    async fn tries(
        &self,
        broker: &Broker,
        message: &Arc<Message>,
        not_sent: &mut Option<NotSent>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let Some(mut expected) = broker.expect(&message.correlation_id) else {
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

/// Without the URL, which has a password.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printed = f.debug_struct("Client");
        printed.field("source", &self.source);
        printed.finish_non_exhaustive()
    }
}

impl FakeClient {
    /// A client that asks this fake instead of a broker.
    pub fn client(&self) -> Client {
        Client::over(Way::Fake(self.clone()))
    }
}
