//! What a worker says to RabbitMQ, read from the wire: messages, acknowledgements and bytes.
//!
//! It knows the frames of AMQP 0-9-1, and no queue.

use std::sync::{Arc, Mutex};

use super::tap::Listener;

/// `AMQP` and a version: what a client begins with.
const GREETING: usize = 8;
/// A frame's type, channel and length before its content, and one byte behind.
const HEAD: usize = 7;
const METHOD: u8 = 1;
/// The methods that are counted: class 60, basic.
const PUBLISH: [u8; 4] = [0, 60, 0, 40];
const ACK: [u8; 4] = [0, 60, 0, 80];

/// Over all connections since the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Bytes to the broker.
    pub up: usize,
    /// Bytes from the broker.
    pub down: usize,
    /// Messages to the broker.
    pub published: usize,
    /// Acknowledgements to the broker, each for one delivery or more.
    pub acknowledged: usize,
}

/// What all connections add to.
pub type Shared = Arc<Mutex<Sums>>;

/// One connection.
pub struct Conversation {
    sums: Shared,
    said: Vec<u8>,
    has_greeted: bool,
}

impl Conversation {
    /// A new connection that adds to those sums.
    pub fn new(sums: &Shared) -> Self {
        Self {
            sums: Arc::clone(sums),
            said: Vec::new(),
            has_greeted: false,
        }
    }
}

impl Listener for Conversation {
    fn up(&mut self, bytes: &[u8]) {
        let mut sums = self.sums.lock().expect("nobody panics");
        sums.up += bytes.len();
        self.said.extend_from_slice(bytes);
        if !self.has_greeted {
            if self.said.len() < GREETING {
                return;
            }
            self.said.drain(..GREETING);
            self.has_greeted = true;
        }
        let mut from = 0;
        while let Some((length, kind, content)) = frame(&self.said[from..]) {
            if kind == METHOD && content.starts_with(&PUBLISH) {
                sums.published += 1;
            } else if kind == METHOD && content.starts_with(&ACK) {
                sums.acknowledged += 1;
            }
            from += length;
        }
        self.said.drain(..from);
    }

    fn down(&mut self, bytes: &[u8]) {
        self.sums.lock().expect("nobody panics").down += bytes.len();
    }
}

/// The length of the first frame, its type and its content, where it is whole.
fn frame(bytes: &[u8]) -> Option<(usize, u8, &[u8])> {
    let length = bytes.get(3..HEAD)?.first_chunk()?;
    let end = HEAD + usize::try_from(u32::from_be_bytes(*length)).ok()?;
    bytes.get(end)?;
    Some((end + 1, bytes[0], &bytes[HEAD..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_however_they_arrive() {
        let method = |method: &[u8]| {
            let length = u32::try_from(method.len()).expect("short");
            [&[METHOD, 0, 1][..], &length.to_be_bytes(), method, &[0xCE]].concat()
        };
        let mut said = b"AMQP\0\0\x09\x01".to_vec();
        said.extend(method(&[&PUBLISH[..], b"rest"].concat()));
        said.extend(method(&ACK));
        said.extend(method(&[0, 60, 0, 20]));
        let sums = Shared::default();
        let mut conversation = Conversation::new(&sums);
        for byte in &said {
            conversation.up(&[*byte]);
        }
        conversation.down(b"12345");
        let sums = sums.lock().expect("nobody panics");
        assert_eq!((sums.published, sums.acknowledged), (1, 1));
        assert_eq!((sums.up, sums.down), (said.len(), 5));
    }
}
