//! Deciding an event: the decider of its type decides it, and says before what must be loaded.

use twofactor_contract::{Incoming, with_data};

use crate::decider::{Case, Decider as _};
use crate::decision::{Decision, Undecidable};
use crate::needs::Needs;
use crate::user::User;
use crate::{Keys, Limits, Moment, State};

/// Adds the needs of an event.
pub fn needs(incoming: &Incoming, keys: &Keys, limits: &Limits, needs: &mut Needs) {
    let event = &incoming.event;
    needs.answers.insert(incoming.outcome_id());
    needs.tenants.insert(event.tenant().clone());
    if let Some(user) = event.user() {
        let session = event.session();
        let session = session.map(|session| (user.clone(), session.clone()));
        needs.sessions.extend(session);
        needs.users.insert(user);
    }
    with_data!(event, data => data.needs(keys, limits, needs));
}

/// Decides an event that passed every check of [`crate::admission`].
pub fn decide(
    state: &State,
    incoming: &Incoming,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let unknown = User::default();
    let key = incoming.event.user();
    let known = key.as_ref().and_then(|key| state.users.get(key));
    let case = Case {
        state,
        user: known.unwrap_or(&unknown),
        time: incoming.envelope.time,
        id: incoming.outcome_id(),
    };
    let event = &incoming.event;
    let failures = with_data!(event, data => data.failures(case.user, moment.limits));
    let mut decision = with_data!(event, data => data.decide(&case, moment))?;
    if let Some(failures) = failures {
        let facts = decision.facts();
        facts.failures_before = Some(failures.count);
        facts.waits_until = failures.waits_until(moment.now, moment.limits);
    }
    Ok(decision)
}
