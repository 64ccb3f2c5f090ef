//! The deciders: how events of each type are decided.
//!
//! Methods that must not be forgotten have no default, so a type without them does not compile. The
//! defaults of the others refuse nothing and settle nothing.

use jiff::Timestamp;
use twofactor_contract::Refusal;
use uuid::Uuid;

use crate::decision::{Decision, OutcomeAndNotes, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::text::ProviderAnswer;
use crate::user::SentText;
use crate::{Change, Keys, Limits, Moment, State, User};

/// The decider of one event type.
pub(crate) trait Decider {
    /// Adds the needs of an event besides its institution's policy, its user and that user's login
    /// session: what [`Decider::decide`] and [`Decider::settle`] read beyond these, and the texts
    /// that a change writes.
    fn needs(&self, keys: &Keys, limits: &Limits, needs: &mut Needs);

    /// Runs check 4, as far as it depends on the database's clock and the settings.
    fn out_of_range(&self, _now: Timestamp, _limits: &Limits) -> Option<Refusal> {
        None
    }

    /// Returns whether it is answered for an institution without a policy.
    fn is_for_unknown_tenants(&self) -> bool {
        false
    }

    /// Returns the failures that are recorded with the decision for operators; `None` if the event
    /// is not about codes.
    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures>;

    /// Decides an event that passed every check before.
    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable>;

    /// Decides the outcome once the provider answered the text of the event; `None` if events of
    /// this type never send one.
    fn settle(
        &self,
        _case: &Case<'_>,
        _sent: &SentText,
        _answer: &ProviderAnswer,
        _moment: &Moment<'_>,
    ) -> Option<(OutcomeAndNotes, Vec<Change>)> {
        None
    }
}

/// One event, as its decider sees it.
pub(crate) struct Case<'a> {
    /// Everything that was loaded.
    pub(crate) state: &'a State,
    /// The user; empty if unknown.
    pub(crate) user: &'a User,
    /// The event's own time.
    pub(crate) time: Timestamp,
    /// The id of its outcome, which names the text that it asks for.
    pub(crate) id: Uuid,
}
