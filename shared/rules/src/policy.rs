//! An institution's rule: whether a second factor is required, and how long grace runs.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::enrollment::{PolicyRequested, PolicySet, PolicyShown};
use twofactor_contract::{AdminId, Outcome, TenantId};

use crate::decision::{Decision, Undecidable};
use crate::trail::{Notes, PolicyChange};
use crate::{Change, Moment, State};

/// The policy of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether a second factor is required.
    pub required: bool,
    /// Days of grace, each of 24 hours.
    pub grace_days: u8,
    /// When `required` became true; setting it again does not restart it.
    pub required_since: Option<Timestamp>,
    /// Who set it last.
    pub set_by: AdminId,
    /// When.
    pub set_at: Timestamp,
}

impl Policy {
    /// Until when a user without a method must set one up: grace runs from the later of the
    /// moment that it became required and the user's first login.
    pub fn set_up_by(&self, first_login_at: Timestamp) -> Option<Timestamp> {
        let since = self
            .required_since
            .filter(|_| self.required && self.grace_days > 0)?;
        let grace = SignedDuration::from_hours(24 * i64::from(self.grace_days));
        since.max(first_login_at).checked_add(grace).ok()
    }
}

/// `enrollment.policy.set.v1`.
pub fn set(state: &State, event: &PolicySet, moment: &Moment<'_>) -> Decision {
    let before = state.policies.get(&event.tenant_id);
    let required_since = event.required.then(|| {
        before
            .and_then(|policy| policy.required_since)
            .unwrap_or(moment.now)
    });
    let policy = Policy {
        required: event.required,
        grace_days: event.grace_days,
        required_since,
        set_by: event.admin_id.clone(),
        set_at: moment.now,
    };
    let change = PolicyChange {
        now: policy.clone(),
        before: before.cloned(),
    };
    Decision::Answered {
        outcome: shown(&event.tenant_id, &policy),
        changes: vec![Change::SetPolicy { policy }],
        notes: Box::new(Notes {
            policy: Some(change),
            ..Notes::default()
        }),
    }
}

/// `enrollment.policy.requested.v1`. A tenant without a policy was refused before.
pub fn requested(state: &State, event: &PolicyRequested) -> Result<Decision, Undecidable> {
    let policy = state
        .policies
        .get(&event.tenant_id)
        .ok_or(Undecidable::NoPolicy)?;
    Ok(Decision::Answered {
        outcome: shown(&event.tenant_id, policy),
        changes: Vec::new(),
        notes: Box::default(),
    })
}

fn shown(tenant: &TenantId, policy: &Policy) -> Outcome {
    Outcome::of(&PolicyShown {
        tenant_id: tenant.clone(),
        required: policy.required,
        grace_days: policy.grace_days,
        required_since: policy.required_since,
        set_by: policy.set_by.clone(),
        set_at: policy.set_at,
    })
}
