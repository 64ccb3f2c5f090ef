//! The nodes of the broker: a connection to one of them, or a sentence that says why there is none.
//!
//! A broker that does not answer, or that refuses the worker, is no event's fault: the caller waits
//! and tries again. This file opens connections, and knows nothing of what is sent over them.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_rs::Runtime;
use async_rs::Tokio;
use async_rs::util::RuntimeParts;
use lapin::tcp::{AMQPUriTcpExt, RustlsConnector};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{AsyncTcpStream, Connection, ConnectionProperties, ErrorKind};
use rustls::ClientConfig;
use twofactor_contract::Service;
use twofactor_store::Distrust;

use crate::cork::Cork;
use crate::inbound::{Screen, Screened, ScreenedReactor};

/// Maximum time for one node to accept a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// Heartbeat in seconds, unless the URL says otherwise.
const HEARTBEAT: u16 = 20;

/// Maximum size of a frame, in bytes, where nothing is consumed, unless the URL says otherwise. The
/// client library keeps two buffers of 32 frames for each connection. Where deliveries come from,
/// the broker's own maximum stays: it does not split the properties of a stranger's message.
const PUBLISHED_FRAME: u32 = 16 * 1024;

/// Reply codes of AMQP 0-9-1 (section 1.1) that an operator can act on.
const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

/// Nodes of the broker, and how to connect to them.
pub struct BrokerNodes {
    service: Service,
    nodes: Vec<AMQPUri>,
    tls: Option<ClientConfig>,
    /// Index of the node that accepted the last connection.
    last: AtomicUsize,
}

/// Reason why the broker cannot be used, as a sentence for operators without its full stop. It
/// never repeats the reply text of the broker, which may quote what was published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BrokerError(String);

impl BrokerError {
    /// Makes an error of this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl BrokerNodes {
    /// Makes the nodes of these URLs; `tls` is needed if one is `amqps`.
    pub fn new(service: Service, nodes: Vec<AMQPUri>, tls: Option<ClientConfig>) -> Self {
        Self {
            service,
            nodes,
            tls,
            last: AtomicUsize::new(0),
        }
    }

    /// Opens a connection to the first node that accepts one, beginning with the last one that did.
    /// All bytes from the broker pass the screen that `screen` makes, if there is one; those to it
    /// are held back by the cork.
    pub async fn connect(
        &self,
        purpose: &str,
        screen: Option<impl Fn() -> Screen + Clone + Send + Sync + 'static>,
        cork: &Cork,
    ) -> Result<Connection, BrokerError> {
        let first = self.last.load(Ordering::Relaxed);
        let mut problem = BrokerError::new("AMQP_URL names no broker");
        for step in 0..self.nodes.len() {
            let at = (first + step) % self.nodes.len();
            let uri = &self.nodes[at];
            let call = self.call(uri, purpose, screen.clone(), cork.clone());
            problem = match tokio::time::timeout(PATIENCE, call).await {
                Ok(Ok(connection)) => {
                    self.last.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => no_connection(uri, &error),
                Err(_) => no_answer(uri, "it does not answer"),
            };
        }
        Err(problem)
    }

    /// Opens a connection as lapin does, with our own check of the certificate and our own stream.
    async fn call(
        &self,
        uri: &AMQPUri,
        purpose: &str,
        screen: Option<impl Fn() -> Screen + Send + Sync + 'static>,
        cork: Cork,
    ) -> lapin::Result<Connection> {
        let mut uri = uri.clone();
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        if screen.is_none() {
            uri.query.frame_max.get_or_insert(PUBLISHED_FRAME);
        }
        let name = format!("twofactor-{} {purpose}", self.service.name());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let tls = match (&uri.scheme, &self.tls) {
            (AMQPScheme::AMQP, _) => None,
            (AMQPScheme::AMQPS, Some(tls)) => Some(RustlsConnector::from(tls.clone())),
            (AMQPScheme::AMQPS, None) => return Err(io::Error::other(NO_AUTHORITY).into()),
        };
        let network = Runtime::new(Tokio::current());
        let dial = async move |mut uri: AMQPUri, _| {
            uri.scheme = AMQPScheme::AMQP;
            let stream = uri.connect_async(&network).await?;
            let stream = match &tls {
                Some(tls) => stream.into_rustls(tls, &uri.authority.host).await?,
                None => stream,
            };
            let screen = screen.as_ref().map(|screen| screen());
            Ok(AsyncTcpStream::Plain(Screened::new(
                stream,
                screen,
                cork.clone(),
            )))
        };
        let tokio = Tokio::current();
        let runtime = Runtime::new(RuntimeParts::new(tokio.clone(), ScreenedReactor(tokio)));
        Connection::connector(uri, runtime, dial, properties).await
    }
}

/// Error of an encrypted connection without authorities to check it.
const NO_AUTHORITY: &str = "no certificate authority is installed to check the broker";

/// Returns the reply code with which the broker closed a channel or a connection, if it did.
pub fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// Describes the error of a connection or a channel, as part of a sentence. The reply text of the
/// broker may quote what was published, so it is not repeated.
pub fn describe(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(error) => format!("it answered with the error {}", error.get_id()),
        ErrorKind::IOError(error) => format!("the connection failed: {}", error.kind()),
        ErrorKind::MissingHeartbeatError => "it sent no heartbeat".to_owned(),
        ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
            "the connection is closed".to_owned()
        }
        _ => "it broke the protocol".to_owned(),
    }
}

/// Describes why a node accepts no connection, and what to do.
fn no_connection(uri: &AMQPUri, error: &lapin::Error) -> BrokerError {
    let mut sources = std::iter::successors(error.source(), |source| (*source).source());
    if let Some(distrust) = sources.find_map(Distrust::of) {
        let place = place(uri);
        return BrokerError::new(format!(
            "the certificate of the broker at {place} {distrust}"
        ));
    }
    match reply_code(error) {
        Some(ACCESS_REFUSED) => BrokerError::new(format!(
            "the broker at {} refuses the user or the password of AMQP_URL; check both",
            place(uri)
        )),
        Some(NOT_ALLOWED | NOT_FOUND) => BrokerError::new(format!(
            "the broker at {} has no vhost of the name in AMQP_URL, or its user has no rights \
             there; create the vhost or the permissions, or correct AMQP_URL",
            place(uri)
        )),
        _ => no_answer(uri, &describe(error)),
    }
}

fn no_answer(uri: &AMQPUri, what: &str) -> BrokerError {
    BrokerError::new(format!(
        "the broker at {} cannot be used ({what}); check that it runs and that AMQP_URL names it",
        place(uri)
    ))
}

fn place(uri: &AMQPUri) -> String {
    format!("{}:{}", uri.authority.host, uri.authority.port)
}

/// Describes why `what` cannot be declared, and what to do.
pub fn no_declaration(what: &str, error: &lapin::Error) -> BrokerError {
    BrokerError::new(match reply_code(error) {
        Some(PRECONDITION_FAILED) => format!(
            "{what} is there with other arguments than this release declares; wait until it is \
             empty, delete it, and it is declared anew"
        ),
        Some(ACCESS_REFUSED) => format!(
            "the user of AMQP_URL may not declare or use {what}; give it the permissions of \
             compose/rabbitmq/definitions.json"
        ),
        _ => format!("{what} cannot be declared ({})", describe(error)),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lapin::protocol::{AMQPError, AMQPHardError, AMQPSoftError};

    use super::*;

    fn uri() -> AMQPUri {
        "amqps://u:hunter2@broker.example/v".parse().expect("a URL")
    }

    #[test]
    fn an_error_names_what_an_operator_can_fix() {
        let closed = |kind| lapin::Error::from(ErrorKind::ProtocolError(kind));
        let words = "hunter2".into();
        let error = closed(AMQPError::new(AMQPSoftError::ACCESSREFUSED.into(), words));
        let refused = no_connection(&uri(), &error).to_string();
        assert!(refused.contains("user or the password"), "{refused}");
        let error = closed(AMQPError::new(
            AMQPHardError::NOTALLOWED.into(),
            "hunter2".into(),
        ));
        let no_vhost = no_connection(&uri(), &error).to_string();
        assert!(no_vhost.contains("no vhost"), "{no_vhost}");
        let soft = AMQPSoftError::PRECONDITIONFAILED.into();
        let other = no_declaration("queue x", &closed(AMQPError::new(soft, "hunter2".into())));
        assert!(
            other
                .to_string()
                .starts_with("queue x is there with other arguments")
        );
        for sentence in [refused, no_vhost, other.to_string()] {
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }

    #[test]
    fn an_error_names_the_fault_of_a_certificate() {
        let table = [
            (rustls::CertificateError::Expired, "has expired"),
            (
                rustls::CertificateError::UnknownIssuer,
                "no authority known here",
            ),
            (rustls::CertificateError::NotValidForName, "another name"),
        ];
        for (problem, words) in table {
            let error = io::Error::new(
                io::ErrorKind::InvalidData,
                rustls::Error::InvalidCertificate(problem),
            );
            let error = lapin::Error::from(ErrorKind::IOError(Arc::new(error)));
            let sentence = no_connection(&uri(), &error).to_string();
            assert!(sentence.contains("certificate of the broker at broker.example:5671"));
            assert!(sentence.contains(words), "{sentence}");
        }
    }
}
