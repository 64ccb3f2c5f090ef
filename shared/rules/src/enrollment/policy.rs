//! Setting and viewing an institution's policy.

use twofactor_contract::enrollment::{PolicyRequested, PolicySet, PolicyShown};
use twofactor_contract::{Outcome, TenantId};

use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::policy::Policy;
use crate::trail::{Notes, PolicyChange};
use crate::{Change, Keys, Limits, Moment, State, User};

impl Decider for PolicySet {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        needs.policies.insert(self.tenant_id.clone());
    }

    fn is_for_unknown_tenants(&self) -> bool {
        true
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(set(case.state, self, moment))
    }
}

impl Decider for PolicyRequested {
    fn needs(&self, _: &Keys, _: &Limits, _: &mut Needs) {}

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, _: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        requested(case.state, self)
    }
}

/// Decides `enrollment.policy.set.v1`.
fn set(state: &State, event: &PolicySet, moment: &Moment<'_>) -> Decision {
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
    let notes = Notes {
        policy: Some(change),
        ..Notes::default()
    };
    let outcome = shown(&event.tenant_id, &policy);
    Decision::answered(outcome, vec![Change::SetPolicy { policy }], notes)
}

/// Decides `enrollment.policy.requested.v1`. An institution without a policy was refused before.
fn requested(state: &State, event: &PolicyRequested) -> Result<Decision, Undecidable> {
    let policy = state
        .policies
        .get(&event.tenant_id)
        .ok_or(Undecidable::NoPolicy)?;
    let outcome = shown(&event.tenant_id, policy);
    Ok(Decision::answered(outcome, Vec::new(), Notes::default()))
}

fn shown(tenant: &TenantId, policy: &Policy) -> Outcome {
    Outcome::of(&PolicyShown {
        tenant_id: tenant.clone(),
        required: policy.required,
        grace_days: policy.grace_days,
        required_since: policy.required_since.map(Into::into),
        set_by: policy.set_by.clone(),
        set_at: policy.set_at.into(),
    })
}
