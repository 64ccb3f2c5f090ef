//! What auditors and operators see of a decision: never a code, number, secret or token.

use std::net::IpAddr;

use jiff::Timestamp;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{AuditFields, ClientIp, Method, Reason, RefusalReason, Service, Via};
use uuid::Uuid;

use crate::blank::blank_numbers;
use crate::facts::Facts;
use crate::keys::Hash;
use crate::policy::Policy;
use crate::user::TextPurpose;

/// What a decision adds to what the event and the outcome say themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The method it was about.
    pub method: Option<Method>,
    /// The reason, where it was rejected or refused.
    pub reason: Option<Reason>,
    /// What let the person in.
    pub via: Option<Via>,
    /// The person's address; logins alone.
    pub ip: Option<IpAddr>,
    /// Whether the policy required a second factor; logins alone.
    pub policy_required: Option<bool>,
    /// Why an administrator acted, blanked; resets, erasures and exemptions alone.
    pub admin_reason: Option<String>,
    /// What the decision saw; kept beside the answer, and no part of the trail.
    pub facts: Facts,
    /// The call of the provider that the outcome settles.
    pub text: Option<TextCall>,
    /// The policy before and after.
    pub policy: Option<PolicyChange>,
}

impl Notes {
    /// How many steps an accepted or nearly right TOTP code was off, -10 to 10; one that was used
    /// before tells nothing new of a clock.
    pub fn measured_offset(&self) -> Option<i8> {
        self.facts
            .totp_offset
            .filter(|_| self.reason != Some(Reason::CodeUsed))
    }

    /// What the trail tells of an event that was refused: what could be read, and no decision.
    pub fn of_refused(audit: &AuditFields) -> Self {
        Self {
            method: audit.method,
            ip: audit.ip.map(ClientIp::address),
            admin_reason: audit
                .admin_reason
                .as_ref()
                .map(|reason| blank_numbers(reason.as_str())),
            ..Self::default()
        }
    }
}

/// One call of the provider: a row of `audit.text_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCall {
    /// What it was for.
    pub purpose: TextPurpose,
    /// The number's hash, as auditors see it.
    pub number_ref: Hash,
    /// The number's country, ISO 3166.
    pub country: String,
    /// The provider that was called.
    pub provider: &'static str,
    /// The provider's own name for the text, if it answered with one.
    pub provider_ref: Option<String>,
    /// What the provider said.
    pub result: &'static str,
}

/// A row of `audit.policy_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The policy that holds from now.
    pub now: Policy,
    /// The policy that held before.
    pub before: Option<Policy>,
}

/// A row of the log of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct TrailRow {
    /// The service whose log it is in.
    pub log: Service,
    /// What could be read of the event.
    pub event_id: Option<String>,
    /// The event's source.
    pub source: Option<String>,
    /// The event's type.
    pub event_type: Option<String>,
    /// The event's time.
    pub occurred_at: Option<Timestamp>,
    /// The outcome's id.
    pub outcome_id: Uuid,
    /// The outcome's type.
    pub outcome_type: String,
    /// The institution.
    pub tenant_id: Option<String>,
    /// The user.
    pub user_id: Option<String>,
    /// Who acted: an administrator or a viewer, else the user.
    pub actor_id: Option<String>,
    /// The login.
    pub session_id: Option<String>,
    /// The reason, where it was rejected or refused.
    pub reason: Option<&'static str>,
    /// The rest.
    pub notes: Notes,
}

impl TrailRow {
    /// The row of an outcome, in the log of that service.
    pub fn new(
        log: Service,
        audit: &AuditFields,
        outcome: &OutcomeEvent,
        refused: Option<RefusalReason>,
        notes: Notes,
    ) -> Self {
        let user_id = audit.user_id.as_ref().map(ToString::to_string);
        Self {
            log,
            event_id: audit.id.as_ref().map(|id| id.as_str().to_owned()),
            source: audit
                .source
                .as_ref()
                .map(|source| source.as_str().to_owned()),
            event_type: audit.event_type.clone(),
            occurred_at: audit.time,
            outcome_id: outcome.id,
            outcome_type: outcome.outcome_type.clone(),
            tenant_id: audit.tenant_id.as_ref().map(ToString::to_string),
            actor_id: audit.actor_id.clone().or_else(|| user_id.clone()),
            user_id,
            session_id: audit.session_id.as_ref().map(ToString::to_string),
            reason: refused
                .map(RefusalReason::as_str)
                .or(notes.reason.map(Reason::as_str)),
            notes,
        }
    }
}
