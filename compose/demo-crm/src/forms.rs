//! Which event a form is: the id is made when the form is shown, the time when it first comes in.
//!
//! A double click, a reload of the answer and a retry after no answer send the same form with the same
//! content, so they send the same event, which is decided once. The same form with other content is
//! another try. What was typed is not kept: only a keyed hash of it, in memory.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};

use jiff::Timestamp;
use twofactor_client::Attributes;

/// Forms that are remembered after they came in.
const KEPT: usize = 50;

/// The forms of one browser.
#[derive(Default)]
pub struct Forms {
    /// The id of each form that is on a page and was not answered yet.
    shown: HashMap<String, String>,
    sent: VecDeque<Sent>,
    hasher: RandomState,
}

struct Sent {
    id: String,
    content: u64,
    attributes: Attributes,
}

impl Forms {
    /// The id that a form of that name is shown with; the same until it is answered.
    pub fn id(&mut self, name: &str) -> String {
        let shown = self.shown.entry(name.to_owned());
        shown.or_insert_with(|| Attributes::new().id).clone()
    }

    /// The attributes of the event that a form is, with this id and content, received at this time.
    pub fn attributes(
        &mut self,
        name: &str,
        id: &str,
        content: impl Hash,
        received: Timestamp,
    ) -> Attributes {
        let content = self.hasher.hash_one((name, content));
        let mut same_form = self.sent.iter().filter(|sent| sent.id == id);
        if let Some(again) = same_form.clone().find(|sent| sent.content == content) {
            return again.attributes.clone();
        }
        let mut attributes = Attributes::new();
        attributes.time = received;
        // An id counts once, and only where this browser was given it.
        let is_ours = self.shown.get(name).is_some_and(|shown| shown == id);
        if is_ours && same_form.next().is_none() {
            id.clone_into(&mut attributes.id);
        }
        if self.sent.len() == KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent {
            id: id.to_owned(),
            content,
            attributes: attributes.clone(),
        });
        attributes
    }

    /// A form was answered: it is shown with another id from now on.
    pub fn answered(&mut self, name: &str) {
        self.shown.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_same_form_is_the_same_event() {
        let mut forms = Forms::default();
        let id = forms.id("code");
        assert_eq!(forms.id("code"), id, "a reload shows the same form");
        let first = forms.attributes("code", &id, "123456", at(1));
        assert_eq!(first.id, id);
        assert_eq!(first.time, at(1));
        let double_click = forms.attributes("code", &id, "123456", at(2));
        assert_eq!(double_click, first);
        forms.answered("code");
        assert_ne!(forms.id("code"), id);
        let back_button = forms.attributes("code", &id, "123456", at(3));
        assert_eq!(back_button, first);
    }

    #[test]
    fn other_content_is_another_event() {
        let mut forms = Forms::default();
        let id = forms.id("code");
        let first = forms.attributes("code", &id, "123456", at(1));
        let other = forms.attributes("code", &id, "654321", at(2));
        assert_ne!(other.id, first.id);
        assert_eq!(other.time, at(2));
        assert_eq!(forms.attributes("code", &id, "654321", at(3)), other);
    }

    #[test]
    fn an_id_that_this_browser_was_not_given_is_not_taken() {
        let mut forms = Forms::default();
        let foreign = Forms::default().id("code");
        let attributes = forms.attributes("code", &foreign, "123456", at(1));
        assert_ne!(attributes.id, foreign);
        let id = forms.id("text");
        assert_ne!(forms.attributes("code", &id, "123456", at(1)).id, id);
    }

    #[test]
    fn what_came_in_long_ago_is_forgotten() {
        let mut forms = Forms::default();
        for second in 0..1000 {
            forms.attributes("code", "x", second, at(second));
        }
        assert_eq!(forms.sent.len(), KEPT);
    }
}
