//! What a worker says to Postgres, read from the wire: transactions, their statements, how often it
//! waits for an answer, and bytes.
//!
//! It knows the messages of the protocol (version 3) that count, and no table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::tap::Listener;

/// Before its first message a client asks for encryption, or whatever else begins with this.
const SSL_REQUEST: u32 = 80_877_103;
/// Letters of a statement that tell which it is.
const SHOWN: usize = 60;

/// A transaction, or a statement outside one.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// How many statements the server has completed.
    pub completed: usize,
    /// The beginning of each text that was sent, which may hold several statements.
    pub statements: Vec<String>,
    /// How often the client began to send while nothing was on its way.
    pub round_trips: usize,
    /// Bytes in both directions.
    pub bytes: usize,
}

/// The finished transactions of all connections.
pub type Transactions = Arc<Mutex<Vec<Transaction>>>;

/// One connection.
pub struct Conversation {
    finished: Transactions,
    asked: Vec<u8>,
    answered: Vec<u8>,
    has_begun: bool,
    /// The server answers by one letter that is no message.
    awaits_letter: bool,
    prepared: HashMap<Vec<u8>, String>,
    bound: String,
    /// Answers that were asked for and have not come.
    awaited: usize,
    is_sending: bool,
    current: Transaction,
}

impl Conversation {
    /// A new connection, whose finished transactions go there.
    pub fn new(finished: &Transactions) -> Self {
        Self {
            finished: Arc::clone(finished),
            asked: Vec::new(),
            answered: Vec::new(),
            has_begun: false,
            awaits_letter: false,
            prepared: HashMap::new(),
            bound: String::new(),
            awaited: 0,
            is_sending: false,
            current: Transaction::default(),
        }
    }

    fn ask(&mut self, kind: u8, content: &[u8]) {
        if self.awaited == 0 && !self.is_sending {
            self.current.round_trips += 1;
            self.is_sending = true;
        }
        self.current.bytes += content.len() + 5;
        match kind {
            b'P' => {
                let (name, rest) = word(content);
                let (sql, _) = word(rest);
                self.prepared.insert(name.to_vec(), shown(sql));
            }
            b'B' => {
                let (_, rest) = word(content);
                let (name, _) = word(rest);
                self.bound = self.prepared.get(name).cloned().unwrap_or_default();
            }
            b'E' => self.current.statements.push(self.bound.clone()),
            b'Q' => {
                let (sql, _) = word(content);
                self.current.statements.push(shown(sql));
                self.awaited += 1;
            }
            b'S' => self.awaited += 1,
            _ => {}
        }
    }

    fn answer(&mut self, kind: u8, content: &[u8]) {
        self.current.bytes += content.len() + 5;
        if kind == b'C' {
            self.current.completed += 1;
        }
        if kind != b'Z' {
            return;
        }
        self.awaited = self.awaited.saturating_sub(1);
        if self.awaited > 0 {
            return;
        }
        self.is_sending = false;
        // Idle, in no transaction.
        if content == b"I" {
            let finished = std::mem::take(&mut self.current);
            if !finished.statements.is_empty() {
                let mut all = self.finished.lock().expect("nobody panics");
                all.push(finished);
            }
        }
    }

    /// What comes before the first message: a length and a content without a letter.
    fn begin(&mut self) -> bool {
        let Some((length, content)) = frame(&self.asked, 0) else {
            return false;
        };
        let code = content.first_chunk().map(|code| u32::from_be_bytes(*code));
        self.awaits_letter = code == Some(SSL_REQUEST);
        self.has_begun = !self.awaits_letter;
        self.asked.drain(..length);
        true
    }
}

impl Listener for Conversation {
    fn up(&mut self, bytes: &[u8]) {
        self.asked.extend_from_slice(bytes);
        while !self.has_begun {
            if !self.begin() {
                return;
            }
        }
        let asked = std::mem::take(&mut self.asked);
        let mut rest = &asked[..];
        while let Some((length, content)) = frame(rest, 1) {
            self.ask(rest[0], content);
            rest = &rest[length..];
        }
        self.asked = rest.to_vec();
    }

    fn down(&mut self, bytes: &[u8]) {
        self.answered.extend_from_slice(bytes);
        if self.awaits_letter && !self.answered.is_empty() {
            self.awaits_letter = false;
            self.answered.remove(0);
        }
        let answered = std::mem::take(&mut self.answered);
        let mut rest = &answered[..];
        while let Some((length, content)) = frame(rest, 1) {
            self.answer(rest[0], content);
            rest = &rest[length..];
        }
        self.answered = rest.to_vec();
    }
}

/// The length of the first message and what it says, where it is whole; `before` bytes stand before
/// its length.
fn frame(bytes: &[u8], before: usize) -> Option<(usize, &[u8])> {
    let length = bytes.get(before..)?.first_chunk()?;
    let whole = before + usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((whole, bytes.get(before + 4..whole)?))
}

/// Up to the next zero byte, and what is behind it.
fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0);
    let end = end.unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// The beginning of a statement, without comments, in one line.
fn shown(sql: &[u8]) -> String {
    let sql = String::from_utf8_lossy(sql);
    let lines = sql.lines().filter(|line| !line.trim().starts_with("--"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 4).expect("short");
        [&[kind][..], &length.to_be_bytes(), content].concat()
    }

    fn begun(finished: &Transactions) -> Conversation {
        let mut conversation = Conversation::new(finished);
        conversation.up(&[0, 0, 0, 8, 4, 210, 22, 47]);
        conversation.down(b"N");
        conversation.up(&[0, 0, 0, 9, 0, 3, 0, 0, 0]);
        conversation.down(&message(b'Z', b"I"));
        conversation
    }

    #[test]
    fn a_pipelined_transaction_is_one_round_trip_for_each_time_that_it_waits() {
        let finished = Transactions::default();
        let mut conversation = begun(&finished);
        let sql = b"s1\0-- why\nselect 1\0\0\0";
        conversation.up(&[message(b'P', sql), message(b'S', b"")].concat());
        conversation.down(&message(b'Z', b"I"));
        let query = [
            message(b'B', b"\0s1\0"),
            message(b'E', b"\0"),
            message(b'S', b""),
        ];
        let first = [message(b'Q', b"BEGIN\0"), query.concat()].concat();
        // In pieces, as a network may deliver it.
        let (head, tail) = first.split_at(9);
        conversation.up(head);
        conversation.up(tail);
        for _ in 0..2 {
            conversation.down(&message(b'C', b"done\0"));
            conversation.down(&message(b'Z', b"T"));
        }
        conversation.up(&message(b'Q', b"COMMIT\0"));
        conversation.down(&message(b'C', b"done\0"));
        conversation.down(&message(b'Z', b"I"));
        let finished = finished.lock().expect("nobody panics");
        let [transaction] = &finished[..] else {
            panic!("{finished:?}");
        };
        assert_eq!(transaction.statements, ["BEGIN", "select 1", "COMMIT"]);
        assert_eq!(transaction.completed, 3);
        // Preparing is done once a connection, and is no part of it.
        assert_eq!(transaction.round_trips, 2);
    }
}
