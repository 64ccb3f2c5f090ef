//! The needs of a batch: what must be locked and loaded before it can be decided.

use std::collections::BTreeSet;

use twofactor_contract::{SessionId, TenantId, UserKey};
use uuid::Uuid;

use crate::keys::Hash;

/// What a batch must lock and load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Users that may change: locked in key order, then loaded, without what the next three ask for.
    pub users: BTreeSet<UserKey>,
    /// Those of `users` whose texts are loaded.
    pub texts: BTreeSet<UserKey>,
    /// Those of `users` whose remembered browsers are loaded.
    pub browsers: BTreeSet<UserKey>,
    /// Those of `users` whose pending number is looked up: who else of the institution has it.
    pub number_owners: BTreeSet<UserKey>,
    /// Users that are only viewed, as others see them.
    pub listed: BTreeSet<UserKey>,
    /// Login sessions to load.
    pub sessions: BTreeSet<(UserKey, SessionId)>,
    /// Tenants whose policy is read.
    pub tenants: BTreeSet<TenantId>,
    /// Tenants whose policy may change: locked.
    pub policies: BTreeSet<TenantId>,
    /// Numbers that may get an enrollment text: locked, then their texts loaded.
    pub numbers: BTreeSet<Hash>,
    /// Ids of outcomes that may have been kept.
    pub answers: BTreeSet<Uuid>,
}
