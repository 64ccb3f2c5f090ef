//! Why a request has no answer, in sentences that say what to do.
//!
//! No sentence has a code, a token, a password or the broker's own words.

use std::fmt;
use std::time::Duration;

/// Why there is no outcome. In every case nobody may be let in.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nothing came in time. The event may have been decided or not; the same event may be sent again.
    #[error(
        "no answer to {event_type} {id} within {} s ({}); let nobody in, and ask the person to try again",
        seconds(*waited), not_sent.map_or(TAKEN.to_owned(), |why| why.to_string())
    )]
    NoAnswer {
        /// The event's type.
        event_type: String,
        /// The event's id, by which `twofactor-ctl explain` finds it.
        id: String,
        /// Time for which the client tried.
        waited: Duration,
        /// Why the last try did not reach the workers; `None` where the broker took it.
        not_sent: Option<NotSent>,
    },
    /// The broker refuses the user, the password or the vhost of the URL. Trying again is of no use.
    #[error(
        "the broker at {host} refuses the user {user:?}; check the user, its password, the vhost and its rights"
    )]
    AccessRefused {
        /// Host and port.
        host: String,
        /// User of the URL.
        user: String,
    },
    /// The URL of the broker cannot be read.
    #[error(
        "the broker's URL cannot be read; it must look like amqps://USER:PASSWORD@HOST:PORT/VHOST"
    )]
    BadUrl,
    /// The event cannot be published.
    #[error("{event_type} cannot be published: {problem}")]
    BadEvent {
        /// The event's type.
        event_type: String,
        /// What is wrong with it, without its content.
        problem: &'static str,
    },
    /// An answer came that is no outcome of the contract. It is no acceptance.
    #[error("the answer to {event_type} {id} is no outcome ({problem}); let nobody in")]
    BadAnswer {
        /// The event's type.
        event_type: String,
        /// The event's id.
        id: String,
        /// What is wrong with it, without its content.
        problem: &'static str,
    },
}

/// The sentence: so do a `main` that returns the error, and `expect`, say what to do.
impl fmt::Debug for ClientError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// What is known where the broker took the event, and no answer came.
const TAKEN: &str = "the broker took it: are the workers running?";

/// Why an event did not reach the workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// No connection to the broker.
    #[error("no connection: is a broker running at the host and port of the URL?")]
    Unreachable,
    /// No encrypted connection to the broker.
    #[error(
        "no encrypted connection: does the port speak TLS, and is its certificate trusted (SSL_CERT_FILE)?"
    )]
    Untrusted,
    /// The broker did not confirm it.
    #[error("the broker did not confirm it")]
    Unconfirmed,
    /// The broker takes nothing for now, since its memory or disk runs out.
    #[error("the broker takes no events at present")]
    Blocked,
    /// Its queue is full.
    #[error("the broker declined it")]
    Declined,
    /// It came back.
    #[error("no queue took it: are the workers running?")]
    Returned,
    /// [`Client::close`](crate::Client::close) was called.
    #[error("the client is closed")]
    Closed,
}

/// Seconds, to a tenth.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_answer(not_sent: Option<NotSent>) -> String {
        let error = ClientError::NoAnswer {
            event_type: "login.attempted.v1".to_owned(),
            id: "e-1".to_owned(),
            waited: Duration::from_secs(30),
            not_sent,
        };
        error.to_string()
    }

    #[test]
    fn no_answer_says_what_to_do_and_why() {
        assert_eq!(
            no_answer(None),
            "no answer to login.attempted.v1 e-1 within 30 s (the broker took it: are the workers \
             running?); let nobody in, and ask the person to try again"
        );
        assert_eq!(
            format!("{:?}", ClientError::BadUrl),
            ClientError::BadUrl.to_string()
        );
        assert!(no_answer(Some(NotSent::Declined)).contains("30 s (the broker declined it); let"));
        assert!(no_answer(Some(NotSent::Returned)).contains("are the workers running?"));
    }
}
