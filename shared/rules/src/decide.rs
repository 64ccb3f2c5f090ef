//! Which decider answers which event, and what each needs to know.

use std::collections::BTreeSet;

use twofactor_contract::{Event, Incoming, SessionId, TenantId, UserKey};
use uuid::Uuid;

use crate::decision::{Decision, Undecidable};
use crate::enrollment::{self, upkeep};
use crate::keys::Hash;
use crate::user::User;
use crate::{Keys, Limits, Moment, State, login, number, profile, reset, sms};

/// What one batch must lock and load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Users that may change: locked in key order, then loaded whole.
    pub users: BTreeSet<UserKey>,
    /// Users that are only looked at, as others see them.
    pub listed: BTreeSet<UserKey>,
    /// The sessions to load.
    pub sessions: BTreeSet<(UserKey, SessionId)>,
    /// Tenants whose policy is read.
    pub tenants: BTreeSet<TenantId>,
    /// Tenants whose policy may change: locked.
    pub policies: BTreeSet<TenantId>,
    /// Numbers that may get an enrollment text: locked, then their texts loaded.
    pub numbers: BTreeSet<Hash>,
    /// Outcomes that may have been kept.
    pub answers: BTreeSet<Uuid>,
    /// Refusals that may have been kept.
    pub refusals: BTreeSet<Uuid>,
}

/// Adds what an event needs.
pub fn needs(incoming: &Incoming, keys: &Keys, limits: &Limits, needs: &mut Needs) {
    let event = &incoming.event;
    needs.answers.insert(incoming.outcome_id());
    needs.tenants.insert(event.tenant().clone());
    if let Some(user) = event.user() {
        needs.sessions.extend(
            event
                .session()
                .map(|session| (user.clone(), session.clone())),
        );
        needs.users.insert(user);
    }
    match event {
        Event::PolicySet(set) => drop(needs.policies.insert(set.tenant_id.clone())),
        Event::ProfileListRequested(list) => {
            let key = |user: &twofactor_contract::UserId| UserKey::of(&list.tenant_id, user);
            needs.listed.extend(list.user_ids.iter().map(key));
        }
        Event::SmsStarted(started) => {
            if let Ok(mobile) = number::Mobile::of(started, limits) {
                needs.numbers.insert(mobile.lookup(keys));
            }
        }
        Event::LoginAttempted(_)
        | Event::SmsRequested(_)
        | Event::TotpStarted(_)
        | Event::TotpConfirmed(_)
        | Event::SmsConfirmed(_)
        | Event::BackupCodesRequested(_)
        | Event::MethodReset(_)
        | Event::BrowsersForgotten(_)
        | Event::Exempted(_)
        | Event::PolicyRequested(_)
        | Event::ProfileRequested(_)
        | Event::ResetRequested(_)
        | Event::ResetUserErased(_) => {}
    }
}

/// Decides an event that passed every check of [`crate::admission`].
pub fn decide(
    state: &State,
    incoming: &Incoming,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let unheard_of = User::default();
    let key = incoming.event.user();
    let user = key
        .as_ref()
        .and_then(|key| state.users.get(key))
        .unwrap_or(&unheard_of);
    let time = incoming.envelope.time;
    let id = incoming.outcome_id();
    let decision = match &incoming.event {
        Event::LoginAttempted(event) => login::attempted(state, user, event, time, moment),
        Event::SmsRequested(event) => sms::requested(user, event, time, id, moment),
        Event::TotpStarted(event) => Ok(enrollment::totp::started(user, event, time, moment)),
        Event::TotpConfirmed(event) => enrollment::totp::confirmed(user, event, time, moment),
        Event::SmsStarted(event) => Ok(enrollment::sms::started(
            state, user, event, time, id, moment,
        )),
        Event::SmsConfirmed(event) => {
            Ok(enrollment::sms::confirmed(state, user, event, time, moment))
        }
        Event::BackupCodesRequested(event) => {
            Ok(upkeep::backup_codes_requested(user, event, time, moment))
        }
        Event::MethodReset(event) => Ok(upkeep::method_reset(user, event, time, moment)),
        Event::BrowsersForgotten(event) => Ok(upkeep::browsers_forgotten(user, event, moment)),
        Event::Exempted(event) => Ok(enrollment::exemption::exempted(user, event, moment)),
        Event::PolicySet(event) => Ok(enrollment::policy::set(state, event, moment)),
        Event::PolicyRequested(event) => enrollment::policy::requested(state, event),
        Event::ProfileRequested(event) => profile::requested(state, user, event, moment),
        Event::ProfileListRequested(event) => Ok(profile::list_requested(state, event, moment)),
        Event::ResetRequested(event) => Ok(reset::requested(user, event, time, moment)),
        Event::ResetUserErased(event) => Ok(reset::erased(event, time, moment)),
    };
    decision.map(|mut decision| {
        let facts = decision.facts();
        *facts = std::mem::take(facts).with_state_of(user, &incoming.event, moment);
        decision
    })
}
