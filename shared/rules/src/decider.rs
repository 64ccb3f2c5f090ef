//! What every event type says of how it is decided, beside its decider.
//!
//! What must not be forgotten has no default, so a type that leaves it open does not compile. What a
//! type need not say refuses nothing, and settles nothing.

use jiff::Timestamp;
use twofactor_contract::Refusal;
use uuid::Uuid;

use crate::decision::{Decision, OutcomeAndNotes, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::text::ProviderAnswer;
use crate::user::SentText;
use crate::{Change, Keys, Limits, Moment, State, User};

/// How events of one type are decided.
pub(crate) trait Decider {
    /// Adds what it needs besides its institution's policy, its user and that user's session.
    fn needs(&self, keys: &Keys, limits: &Limits, needs: &mut Needs);

    /// Check 4, as far as the database's clock and the settings decide it.
    fn out_of_range(&self, _now: Timestamp, _limits: &Limits) -> Option<Refusal> {
        None
    }

    /// Whether it is answered for an institution that nobody has set a policy for.
    fn is_for_unknown_tenants(&self) -> bool {
        false
    }

    /// The failures that operators read beside the decision; none where it is not about codes.
    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures>;

    /// Decides an event that passed every check before.
    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable>;

    /// What became of the text that it asked for; none where it can ask for none.
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
    /// The user, empty where nobody has heard of them.
    pub(crate) user: &'a User,
    /// The event's own time.
    pub(crate) time: Timestamp,
    /// The id of its outcome, which names the text that it asks for.
    pub(crate) id: Uuid,
}
