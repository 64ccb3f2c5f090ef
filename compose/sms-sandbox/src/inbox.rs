//! The texts that were taken, in memory, the newest ten thousand of them.
//!
//! It knows what a text is, and nothing of how one arrives or is shown.

use std::{collections::VecDeque, sync::Mutex};

use jiff::Timestamp;
use serde::Serialize;

const CAPACITY: usize = 10_000;

/// A text as it would have reached the phone.
#[derive(Debug, Clone, Serialize)]
pub struct Text {
    /// The recipient's number.
    pub to: String,
    /// The words of the text.
    pub body: String,
    /// Time at which it was taken.
    pub at: Timestamp,
}

/// The texts that were taken.
#[derive(Default)]
pub struct Inbox(Mutex<VecDeque<Text>>);

impl Inbox {
    /// Keeps a text; the oldest is dropped if there are too many.
    pub fn add(&self, text: Text) {
        let mut texts = self
            .0
            .lock()
            .expect("nothing panics while it holds the inbox");
        if texts.len() == CAPACITY {
            texts.pop_front();
        }
        texts.push_back(text);
    }

    /// Returns the texts to that number, or all, newest last.
    pub fn list(&self, to: Option<&str>) -> Vec<Text> {
        let texts = self
            .0
            .lock()
            .expect("nothing panics while it holds the inbox");
        texts
            .iter()
            .filter(|text| to.is_none_or(|to| text.to == to))
            .cloned()
            .collect()
    }

    /// Returns the newest texts, newest first, at most so many.
    pub fn newest(&self, count: usize) -> Vec<Text> {
        let texts = self
            .0
            .lock()
            .expect("nothing panics while it holds the inbox");
        texts.iter().rev().take(count).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: usize) -> Text {
        Text {
            to: "+447400123456".to_owned(),
            body: body.to_string(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_oldest_goes_and_the_newest_is_last() {
        let inbox = Inbox::default();
        for body in 0..=CAPACITY {
            inbox.add(text(body));
        }
        let list = inbox.list(Some("+447400123456"));
        assert_eq!(list.len(), CAPACITY);
        assert_eq!(list.first().expect("the oldest").body, "1");
        assert_eq!(list.last().expect("the newest").body, CAPACITY.to_string());
        assert_eq!(inbox.newest(1)[0].body, CAPACITY.to_string());
        assert!(inbox.list(Some("+447400000001")).is_empty());
    }
}
