//! What one batch must lock and load before it can be decided.

use std::collections::BTreeSet;

use twofactor_contract::{Incoming, SessionId, TenantId, UserKey, with_data};
use uuid::Uuid;

use crate::decider::Decider as _;
use crate::keys::Hash;
use crate::{Keys, Limits};

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
        let session = event.session();
        let session = session.map(|session| (user.clone(), session.clone()));
        needs.sessions.extend(session);
        needs.users.insert(user);
    }
    with_data!(event, data => data.needs(keys, limits, needs));
}
