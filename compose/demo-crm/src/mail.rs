//! The outbox: each `notice` as an e-mail to its person.
//!
//! A CRM hands them to its mail server. An outcome can come more than once, so they are told apart by
//! the outcome's id. No notice has a code, a number or an address.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::people::Person;
use crate::words::Language;

const KEPT: usize = 200;

/// An e-mail that a CRM would send.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: Arc<Person>,
    /// When.
    pub at: Timestamp,
    /// The sentence.
    pub notice: String,
    /// The language that it was asked for in.
    pub language: Language,
    outcome_id: String,
}

/// The newest e-mails.
#[derive(Default)]
pub struct Outbox(Mutex<VecDeque<Mail>>);

impl Outbox {
    /// Sends a notice, once for each outcome.
    pub fn send(&self, to: &Arc<Person>, notice: &str, language: Language, outcome_id: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|mail| mail.outcome_id == outcome_id) {
            return;
        }
        if kept.len() == KEPT {
            kept.pop_back();
        }
        kept.push_front(Mail {
            to: to.clone(),
            at: Timestamp::now(),
            notice: notice.to_owned(),
            language,
            outcome_id: outcome_id.to_owned(),
        });
    }

    /// All that are kept, newest first.
    pub fn list(&self) -> Vec<Mail> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::People;

    #[test]
    fn an_outcome_that_comes_twice_is_one_mail() {
        let people = People::new("t");
        let outbox = Outbox::default();
        for outcome_id in ["a", "b", "a"] {
            let notice = "Your authenticator app was set up.";
            outbox.send(&people.all[0], notice, Language::English, outcome_id);
        }
        assert_eq!(outbox.list().len(), 2);
    }
}
