//! The notes of a decision for auditors and operators: never a code, number, secret or token.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{AuditFields, ClientIp, Method, Reason, RefusalReason, Service, Via};
use uuid::Uuid;

use crate::blank::blank_numbers;
use crate::facts::Facts;
use crate::keys::Hash;
use crate::policy::Policy;
use crate::user::TextPurpose;

/// The facts that a decision adds to the event and the outcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The method that it was about.
    pub method: Option<Method>,
    /// The reason, if it was rejected or refused.
    pub reason: Option<Reason>,
    /// The factor or exception by which the login was accepted, if it was.
    pub via: Option<Via>,
    /// The person's IP address; only for logins.
    pub ip: Option<IpAddr>,
    /// `true` if the policy required a second factor; only for logins.
    pub policy_required: Option<bool>,
    /// The administrator's reason without telephone numbers; only for resets, erasures and
    /// exemptions.
    pub admin_reason: Option<String>,
    /// The facts that the decision was based on; kept with the answer, not part of the trail.
    pub facts: Facts,
    /// The call of the provider that the outcome settles.
    pub text: Option<TextCall>,
    /// The policy before and after.
    pub policy: Option<PolicyChange>,
}

impl Notes {
    /// Returns the offset of an accepted or nearly right TOTP code, in steps from -10 to 10; `None`
    /// for a used code, which says nothing new about a clock.
    pub fn measured_offset(&self) -> Option<i8> {
        self.facts
            .totp_offset
            .filter(|_| self.reason != Some(Reason::CodeUsed))
    }

    /// Makes the notes of a refused event: the readable fields, and no decision.
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
    /// The purpose of the text.
    pub purpose: TextPurpose,
    /// The keyed hash of the number, as auditors see it.
    pub number_ref: Hash,
    /// The number's country, as an ISO 3166 code.
    pub country: String,
    /// The provider that was called.
    pub provider: &'static str,
    /// The provider's own id of the text, if it gave one.
    pub provider_ref: Option<String>,
    /// The name of the provider's answer.
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
    /// The event's id, if it could be read.
    pub event_id: Option<Arc<str>>,
    /// The event's source.
    pub source: Option<Arc<str>>,
    /// The event's type.
    pub event_type: Option<Arc<str>>,
    /// The event's time.
    pub occurred_at: Option<Timestamp>,
    /// The outcome's id.
    pub outcome_id: Uuid,
    /// The outcome's type.
    pub outcome_type: Cow<'static, str>,
    /// The institution.
    pub tenant_id: Option<Arc<str>>,
    /// The user.
    pub user_id: Option<Arc<str>>,
    /// The acting person: an administrator or a viewer, else the user.
    pub actor_id: Option<Arc<str>>,
    /// The login session.
    pub session_id: Option<Arc<str>>,
    /// The reason, if it was rejected or refused.
    pub reason: Option<&'static str>,
    /// The notes of the decision.
    pub notes: Box<Notes>,
}

impl TrailRow {
    /// Makes the row of an outcome, in the log of a service.
    pub fn new(
        log: Service,
        audit: &AuditFields,
        outcome: &OutcomeEvent,
        refused: Option<RefusalReason>,
        notes: Box<Notes>,
    ) -> Self {
        let user_id: Option<Arc<str>> = audit.user_id.as_ref().map(Into::into);
        Self {
            log,
            event_id: audit.id.as_ref().map(Into::into),
            source: audit.source.as_ref().map(Into::into),
            event_type: audit.event_type.clone(),
            occurred_at: audit.time,
            outcome_id: outcome.id,
            outcome_type: outcome.outcome_type.clone(),
            tenant_id: audit.tenant_id.as_ref().map(Into::into),
            actor_id: audit.actor_id.clone().or_else(|| user_id.clone()),
            user_id,
            session_id: audit.session_id.as_ref().map(Into::into),
            reason: refused
                .map(RefusalReason::as_str)
                .or(notes.reason.map(Reason::as_str)),
            notes,
        }
    }
}
