//! Series that are there, at 0, before anything of theirs happens: a rate does not see the first
//! event of a series that was not there before.
//!
//! It knows which outcomes dashboards and alerts compare over time. What is not listed here is
//! counted all the same, from its first event on.

use std::collections::BTreeSet;

use metrics::{Label, counter, histogram};
use twofactor_contract::Service;
use twofactor_rules::state::TextPurpose;
use twofactor_rules::text::ProviderAnswer;

use super::names::{
    BATCH, DEAD_LOST, DECLINED, DUPLICATES, EVENT_AGE, EVENT_SECONDS, EVENTS, ISOLATED,
    REDELIVERIES, TEXT_SECONDS, TEXTS, TOTP_OFFSET, UNROUTABLE,
};

const LOGIN: &str = "login.attempted.v1";
const PROVIDER: &str = "twilio";
/// The most steps that a TOTP code is said to be off.
const STEPS: i8 = 10;
/// Outcomes without a reason and without what let in: service, event, outcome.
const PLAIN: [(Service, &str, &str); 9] = [
    (Service::Login, LOGIN, "login.challenged.v1"),
    (Service::Sms, "sms.requested.v1", "sms.sent.v1"),
    (
        Service::Enrollment,
        "enrollment.totp.started.v1",
        "enrollment.pending.v1",
    ),
    (
        Service::Enrollment,
        "enrollment.totp.confirmed.v1",
        "enrollment.completed.v1",
    ),
    (
        Service::Enrollment,
        "enrollment.sms.started.v1",
        "enrollment.pending.v1",
    ),
    (
        Service::Enrollment,
        "enrollment.sms.confirmed.v1",
        "enrollment.completed.v1",
    ),
    (
        Service::Enrollment,
        "enrollment.exempted.v1",
        "enrollment.exemption.v1",
    ),
    (Service::Reset, "reset.requested.v1", "reset.completed.v1"),
    (Service::Reset, "reset.user.erased.v1", "reset.erased.v1"),
];
/// What lets a login in.
const VIAS: [&str; 8] = [
    "totp",
    "sms",
    "backup",
    "remembered",
    "enrolled",
    "grace",
    "exempt",
    "not_required",
];
/// What is refused: service, event, outcome, reasons.
const REFUSED: [(Service, &str, &str, &[&str]); 6] = [
    (
        Service::Login,
        LOGIN,
        "login.rejected.v1",
        &[
            "wrong_code",
            "code_used",
            "code_expired",
            "no_code_sent",
            "too_many_failures",
            "locked",
            "stale_event",
        ],
    ),
    (
        Service::Sms,
        "sms.requested.v1",
        "sms.throttled.v1",
        &["throttled"],
    ),
    (
        Service::Sms,
        "sms.requested.v1",
        "sms.failed.v1",
        &[
            "stale_event",
            "locked",
            "too_many_failures",
            "method_not_set_up",
            "number_rejected",
            "provider_unavailable",
        ],
    ),
    (
        Service::Enrollment,
        "enrollment.sms.started.v1",
        "enrollment.rejected.v1",
        &[
            "stale_event",
            "throttled",
            "invalid_number",
            "number_rejected",
            "provider_unavailable",
        ],
    ),
    (
        Service::Enrollment,
        "enrollment.totp.confirmed.v1",
        "enrollment.rejected.v1",
        CONFIRMATIONS,
    ),
    (
        Service::Enrollment,
        "enrollment.sms.confirmed.v1",
        "enrollment.rejected.v1",
        CONFIRMATIONS,
    ),
];
/// Why the confirmation of a set-up is refused.
const CONFIRMATIONS: &[&str] = &[
    "not_started",
    "malformed_code",
    "code_expired",
    "wrong_code",
    "too_many_failures",
];

/// Makes the series of a service.
pub(super) fn at_zero(service: Service, countries: &BTreeSet<String>) {
    let name = service.name();
    for metric in [
        DUPLICATES,
        REDELIVERIES,
        UNROUTABLE,
        DECLINED,
        DEAD_LOST,
        ISOLATED,
    ] {
        counter!(metric, "service" => name).increment(0);
    }
    for metric in [EVENT_SECONDS, EVENT_AGE, BATCH] {
        // To register it is enough.
        let _ = histogram!(metric, "service" => name);
    }
    for (_, event, outcome) in PLAIN.iter().filter(|(whose, ..)| *whose == service) {
        outcome_at_zero(service, event, outcome, "", "");
    }
    if service == Service::Login {
        for via in VIAS {
            outcome_at_zero(service, LOGIN, "login.accepted.v1", "", via);
        }
    }
    for (_, event, outcome, reasons) in REFUSED.iter().filter(|(whose, ..)| *whose == service) {
        for reason in *reasons {
            outcome_at_zero(service, event, outcome, reason, "");
        }
    }
    if matches!(service, Service::Login | Service::Enrollment) {
        for offset in -STEPS..=STEPS {
            counter!(TOTP_OFFSET, "offset" => offset.to_string()).increment(0);
        }
    }
    match service {
        Service::Sms => texts_at_zero(TextPurpose::Login, countries),
        Service::Enrollment => texts_at_zero(TextPurpose::Enrollment, countries),
        Service::Login | Service::Reset => {}
    }
}

fn outcome_at_zero(
    service: Service,
    event: &'static str,
    outcome: &'static str,
    reason: &'static str,
    via: &'static str,
) {
    let labels = [
        ("service", service.name()),
        ("type", event),
        ("outcome", outcome),
        ("reason", reason),
        ("via", via),
    ];
    counter!(EVENTS, &labels).increment(0);
}

fn texts_at_zero(purpose: TextPurpose, countries: &BTreeSet<String>) {
    let _ = histogram!(TEXT_SECONDS, "provider" => PROVIDER);
    let accepted = ProviderAnswer::Accepted { provider_ref: None };
    let answers = [
        accepted,
        ProviderAnswer::NumberRejected,
        ProviderAnswer::Unavailable,
        ProviderAnswer::Unknown,
    ];
    for answer in answers {
        for country in countries {
            let labels = vec![
                Label::from_static_parts("provider", PROVIDER),
                Label::from_static_parts("purpose", purpose.as_str()),
                Label::from_static_parts("result", answer.as_str()),
                Label::new("country", country.clone()),
            ];
            counter!(TEXTS, labels).increment(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use twofactor_contract::{Event, Reason, Via};

    use super::*;

    #[test]
    fn what_is_there_from_the_start_is_in_the_contract() {
        for (service, event, _) in PLAIN {
            assert_eq!(Event::service_of(event), Some((event, service)), "{event}");
        }
        for via in VIAS {
            assert!(Via::parse(via).is_some(), "{via}");
        }
        for (service, event, _, reasons) in REFUSED {
            assert_eq!(Event::service_of(event), Some((event, service)), "{event}");
            for reason in reasons {
                assert!(Reason::parse(reason).is_some(), "{reason}");
            }
        }
    }
}
