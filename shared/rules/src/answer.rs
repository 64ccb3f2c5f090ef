//! Kept outcomes, so that a repeated event receives the first outcome again.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use rand::CryptoRng;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{Secret, UserKey};

use crate::Limits;
use crate::keys::{Hash, Keys, OpenError, Sealed};
use crate::purpose::Purpose;

/// The answer to an event, or the hold of one whose text is on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The keyed hash of the event's content.
    pub content: Hash,
    /// Time at which it was decided, or held.
    pub decided_at: Timestamp,
    /// The outcome; none while a text is on its way.
    pub outcome: Option<KeptOutcome>,
}

/// An outcome as it is stored, with its secret members sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptOutcome {
    /// The CloudEvents type.
    pub outcome_type: Cow<'static, str>,
    /// The whole event without its secret members.
    pub public: Arc<str>,
    /// The secret members, until they are wiped.
    pub secrets: Option<Sealed>,
    /// `true` if there were secret members, also after they are wiped.
    pub had_secrets: bool,
}

impl KeptOutcome {
    /// Seals an outcome. One without a user has no secret members.
    pub fn seal(
        event: &OutcomeEvent,
        user: Option<&UserKey>,
        keys: &Keys,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let secrets = event.secrets.as_ref().zip(user);
        Self {
            outcome_type: event.outcome_type.clone(),
            public: event.public.clone(),
            secrets: secrets.map(|(secrets, user)| {
                keys.seal(Purpose::Outcome, user, secrets.expose().as_bytes(), rng)
            }),
            had_secrets: event.secrets.is_some(),
        }
    }
}

impl Answer {
    /// Returns the secret members as JSON, as long as they are kept: for 15 minutes, and until a
    /// reset.
    pub fn secrets(
        &self,
        user: Option<&UserKey>,
        now: Timestamp,
        keys: &Keys,
    ) -> Result<Option<Secret<String>>, OpenError> {
        let sealed = self
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.secrets.as_ref());
        let fresh = self.decided_at + Limits::SECRETS_KEPT > now;
        let (Some(sealed), Some(user), true) = (sealed, user, fresh) else {
            return Ok(None);
        };
        keys.open_string(Purpose::Outcome, user, sealed).map(Some)
    }
}
