//! The texts of one login session, and the verdict on an entered code.
//!
//! A newer text ends an older code once the newer text counts as sent. A wrong entry spends every
//! unspent code. A right code that came too late spends nothing.

use jiff::Timestamp;
use twofactor_contract::SessionId;
use uuid::Uuid;

use crate::User;
use crate::keys::Hash;
use crate::user::{CodeEnd, SentText, TextFate, TextPurpose};

/// The texts of a login session, oldest first, without those that the provider refused.
pub(crate) struct SessionTexts<'a>(Vec<(&'a Uuid, &'a SentText)>);

/// The verdict on a code.
pub(crate) enum Judgement {
    /// It is valid; the code of this text must be spent.
    Holds { text: Uuid },
    /// It was accepted before.
    Used,
    /// It is right, but too old or replaced by a newer one.
    Expired,
    /// There is no unspent code.
    NoneSent,
    /// It is wrong, and spends the codes of these texts.
    Wrong { spends: Vec<Uuid> },
}

impl<'a> SessionTexts<'a> {
    pub(crate) fn of(user: &'a User, session: &SessionId) -> Self {
        let mut texts: Vec<_> = user
            .texts
            .iter()
            .filter(|(_, text)| text.purpose == TextPurpose::Login)
            .filter(|(_, text)| text.session == *session && text.fate != TextFate::Refused)
            .collect();
        texts.sort_by_key(|(_, text)| text.taken_at);
        Self(texts)
    }

    /// Returns whether a newer text, which counts as sent, ends the code of this one.
    fn is_replaced(&self, text: &SentText) -> bool {
        self.0.iter().any(|(_, other)| {
            let taken = matches!(other.fate, TextFate::Accepted | TextFate::Unknown);
            other.taken_at > text.taken_at && taken
        })
    }

    /// Judges a code by its hash.
    pub(crate) fn judge(&self, hash: &Hash, now: Timestamp) -> Judgement {
        if let Some((id, text)) = self.0.iter().rev().find(|(_, text)| text.code == *hash) {
            let over = text.expires_at <= now || self.is_replaced(text);
            match (text.end, over) {
                (Some(CodeEnd::Used), _) => return Judgement::Used,
                (None, true) => return Judgement::Expired,
                (None, false) => return Judgement::Holds { text: **id },
                (Some(CodeEnd::WrongEntry | CodeEnd::Void), _) if self.is_replaced(text) => {
                    return Judgement::Expired;
                }
                (Some(CodeEnd::WrongEntry | CodeEnd::Void), _) => {}
            }
        }
        let unspent = self
            .0
            .iter()
            .filter(|(_, text)| text.end.is_none() && !self.is_replaced(text));
        let spends: Vec<_> = unspent.map(|(id, _)| **id).collect();
        if spends.is_empty() {
            Judgement::NoneSent
        } else {
            Judgement::Wrong { spends }
        }
    }
}
