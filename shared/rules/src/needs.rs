//! The needs of a batch: what must be locked and loaded before it can be decided.

use std::collections::BTreeSet;

use twofactor_contract::{SessionId, TenantId, UserKey};
use uuid::Uuid;

use crate::keys::Hash;

/// What a batch must lock and load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Users that may change: locked in key order, then loaded completely.
    pub users: BTreeSet<UserKey>,
    /// Users that are only viewed, as others see them.
    pub listed: BTreeSet<UserKey>,
    /// The sessions to load.
    pub sessions: BTreeSet<(UserKey, SessionId)>,
    /// Tenants whose policy is read.
    pub tenants: BTreeSet<TenantId>,
    /// Tenants whose policy may change: locked.
    pub policies: BTreeSet<TenantId>,
    /// Numbers that may get an enrollment text: locked, then their texts loaded.
    pub numbers: BTreeSet<Hash>,
    /// Ids of outcomes that may have been kept.
    pub answers: BTreeSet<Uuid>,
    /// Ids of refusals that may have been kept.
    pub refusals: BTreeSet<Uuid>,
}
