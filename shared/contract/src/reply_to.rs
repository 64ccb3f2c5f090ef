//! The queues that a reply may go to.

use std::sync::Arc;

use data_encoding::BASE64;

/// The prefix of every direct reply-to address.
const DIRECT: &str = "amq.rabbitmq.reply-to.";
/// The prefixes of the queues that replies may go to.
const QUEUES: [&str; 2] = ["crm.reply.", "amq.gen-"];
/// The longest name of a queue in AMQP 0-9-1, in bytes.
const LONGEST: usize = 255;

/// An AMQP `reply_to` that the contract allows: a queue of the requester, never of a worker.
///
/// A direct reply-to address must have the form that the broker itself writes: RabbitMQ closes the
/// connection of a publisher to any other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo(Arc<str>);

impl ReplyTo {
    /// Reads the name of a reply queue; `None` if it is not allowed.
    pub fn parse(name: &str) -> Option<Self> {
        let allowed = match name.strip_prefix(DIRECT) {
            Some(address) => node_of(address).is_some(),
            None => QUEUES.iter().any(|prefix| name.starts_with(prefix)),
        };
        (allowed && name.len() <= LONGEST).then(|| Self(name.into()))
    }

    /// Returns the queue's name, which is its routing key on the default exchange.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is RabbitMQ's direct reply-to, for which the broker cannot confirm
    /// delivery.
    pub fn is_direct(&self) -> bool {
        self.0.starts_with(DIRECT)
    }

    /// Returns the broker node that a direct reply-to address names, as the address spells it.
    pub fn node(&self) -> Option<Vec<u8>> {
        node_of(self.0.strip_prefix(DIRECT)?)
    }
}

/// Reads the node in `<process>.<key>`: the process is an Erlang process id in the external term
/// format and base64, the key is random.
fn node_of(address: &str) -> Option<Vec<u8>> {
    let (process, key) = address.split_once('.')?;
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    if key.is_empty() || !key.bytes().all(is_key) {
        return None;
    }
    let process = BASE64.decode(process.as_bytes()).ok()?;
    // Version, kind of process id, kind of atom.
    let (start, rest) = process.split_first_chunk::<3>()?;
    let ids_length = match start {
        [131, b'X', _] => 12,
        [131, b'g', _] => 9,
        _ => return None,
    };
    let (length, rest) = match start[2] {
        b'd' | b'v' => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        b'w' | b's' => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        _ => return None,
    };
    let node = rest.get(..length)?;
    let is_whole = rest.len() == length + ids_length && node.contains(&b'@');
    is_whole.then(|| node.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address that RabbitMQ 3.10 wrote.
    const REAL: &str = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5Mzc1ODg2OAAAAqwAAAAAawrTmA==.dFdDn3hwAzKs24bdoZd0/Q==";

    fn direct(process: &[u8], key: &str) -> String {
        format!("{DIRECT}{}.{key}", BASE64.encode(process))
    }

    #[test]
    fn an_address_that_the_broker_wrote_is_allowed_and_names_its_node() {
        let reply_to = ReplyTo::parse(REAL).expect("the broker's own");
        assert!(reply_to.is_direct());
        assert_eq!(reply_to.node(), Some(b"reply@93758868".to_vec()));
        let before_3_10 = direct(b"\x83gd\0\x0dexp@localhost\0\0\0\x01\0\0\0\0\x01", "QUJD");
        let old = ReplyTo::parse(&before_3_10).expect("the broker's own, before 3.10");
        assert_eq!(old.node(), Some(b"exp@localhost".to_vec()));
    }

    #[test]
    fn what_the_broker_cannot_have_written_is_not_allowed() {
        let table = [
            DIRECT.to_owned(),
            "amq.rabbitmq.reply-to".to_owned(),
            format!("{DIRECT}AAAA"),
            format!("{DIRECT}AAAA.AAAA"),
            format!("{DIRECT}!!!!.AAAA"),
            format!("{DIRECT}."),
            format!("{REAL}.more"),
            format!("{REAL}\n"),
            REAL[..REAL.len() - 25].to_owned(),
            direct(
                b"\x83Xv\0\x0ereply@9375886\0\0\x02\xac\0\0\0\0k\x0a\xd3\x98",
                "QUJD",
            ),
            direct(
                b"\x83Xv\0\x0ereply@93758868\0\0\x02\xac\0\0\0\0k\x0a\xd3",
                "QUJD",
            ),
            direct(
                b"\x83Xv\0\x05reply\0\0\x02\xac\0\0\0\0k\x0a\xd3\x98",
                "QUJD",
            ),
            direct(b"\x83h\x02a\x01a\x02", "QUJD"),
            direct(b"", "QUJD"),
        ];
        for name in table {
            assert_eq!(ReplyTo::parse(&name), None, "{name}");
        }
    }

    #[test]
    fn queues_are_the_requesters_own() {
        for name in ["crm.reply.1", "amq.gen-x"] {
            let reply_to = ReplyTo::parse(name).expect("a reply queue");
            assert!(!reply_to.is_direct());
            assert_eq!(reply_to.node(), None);
        }
        for name in [
            "",
            "crm.reply",
            "twofactor.login",
            "amq.gen",
            "crm.replies.1",
        ] {
            assert_eq!(ReplyTo::parse(name), None, "{name}");
        }
        let long = format!("crm.reply.{}", "x".repeat(LONGEST));
        assert_eq!(ReplyTo::parse(&long), None);
    }
}
