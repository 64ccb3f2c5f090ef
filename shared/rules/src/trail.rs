//! What auditors and operators see of a decision: never a code, number, secret or token.

use std::net::IpAddr;

use jiff::Timestamp;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{ClientIp, Method, Reason, RefusalReason, Seen, Told, Via};
use uuid::Uuid;

use crate::facts::Facts;
use crate::keys::Hash;
use crate::policy::Policy;
use crate::user::TextPurpose;

/// What a decision adds to what the event and the outcome say themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The method it was about.
    pub method: Option<Method>,
    /// Why not.
    pub reason: Option<Reason>,
    /// What let the person in.
    pub via: Option<Via>,
    /// The person's address; logins alone.
    pub ip: Option<IpAddr>,
    /// Whether the policy required a second factor; logins alone.
    pub policy_required: Option<bool>,
    /// Why an administrator acted, blanked; resets, erasures and exemptions alone.
    pub admin_reason: Option<String>,
    /// How many steps an accepted or nearly right TOTP code was off, -10 to 10.
    pub totp_offset: Option<i8>,
    /// What the decision saw; kept beside the answer, and no part of the trail.
    pub facts: Facts,
    /// The call of the provider that the outcome settles.
    pub text: Option<TextCall>,
    /// The policy before and after.
    pub policy: Option<PolicyChange>,
}

impl Notes {
    /// What the trail tells of an event that was refused: what could be read, and no decision.
    pub fn of_refused(told: &Told) -> Self {
        Self {
            method: told.method,
            ip: told.ip.map(ClientIp::address),
            admin_reason: told
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
    /// Why not, also of a refusal.
    pub reason: Option<&'static str>,
    /// The rest.
    pub notes: Notes,
}

impl TrailRow {
    /// The row of an outcome.
    pub fn new(
        seen: &Seen,
        outcome: &OutcomeEvent,
        refused: Option<RefusalReason>,
        notes: Notes,
    ) -> Self {
        let user_id = seen.user_id.as_ref().map(ToString::to_string);
        Self {
            event_id: seen.id.as_ref().map(|id| id.as_str().to_owned()),
            source: seen
                .source
                .as_ref()
                .map(|source| source.as_str().to_owned()),
            event_type: seen.event_type.clone(),
            occurred_at: seen.time,
            outcome_id: outcome.id,
            outcome_type: outcome.outcome_type.clone(),
            tenant_id: seen.tenant_id.as_ref().map(ToString::to_string),
            actor_id: seen.actor_id.clone().or_else(|| user_id.clone()),
            user_id,
            session_id: seen.session_id.as_ref().map(ToString::to_string),
            reason: refused
                .map(RefusalReason::as_str)
                .or(notes.reason.map(Reason::as_str)),
            notes,
        }
    }
}

/// Free text without what might be a number: control characters, runs of 7 or more digits, and
/// runs of 11 or more with single separators between them, as people write telephone numbers.
pub fn blank_numbers(text: &str) -> String {
    let clean: Vec<char> = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < clean.len() {
        let (length, digits, plain) = digit_run(&clean[at..]);
        if plain >= 7 || digits >= 11 {
            out.push_str("[removed]");
            at += length;
        } else {
            out.push(clean[at]);
            at += 1;
        }
    }
    out
}

/// The run of digits at the start, with single separators: its length, its digits, and the digits
/// before the first separator.
fn digit_run(text: &[char]) -> (usize, usize, usize) {
    let (mut length, mut digits, mut plain, mut separated) = (0, 0, 0, false);
    for (at, c) in text.iter().enumerate() {
        if c.is_numeric() {
            digits += 1;
            length = at + 1;
            plain += usize::from(!separated);
        } else if digits > 0 && " -.()/".contains(*c) && length == at {
            separated = true;
        } else {
            break;
        }
    }
    if plain >= 7 && digits < 11 {
        (plain, plain, plain)
    } else {
        (length, digits, plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_control_characters_are_blanked() {
        let table = [
            ("lost phone", "lost phone"),
            ("call 07400123456 now", "call [removed] now"),
            ("call +44 7400 123456", "call +[removed]"),
            ("a\0b\nc\u{7f}", "a b c "),
            (
                "on 2026-11-24, ticket 123456",
                "on 2026-11-24, ticket 123456",
            ),
            ("1234567", "[removed]"),
            ("x1234567 12", "x[removed] 12"),
            ("٠٧٤٠٠١٢٣٤٥٦", "[removed]"),
        ];
        for (text, expected) in table {
            assert_eq!(blank_numbers(text), expected, "{text:?}");
        }
    }
}
