//! Series that are registered at 0 before their first event: a rate does not see the first event of
//! a series that was not there before.
//!
//! The declaration of an event type lists its possible outcomes. Refusals of events are not
//! registered here: their series begin with the first one.

use std::collections::BTreeSet;

use metrics::{Label, counter, histogram};
use twofactor_contract::{Event, Service};
use twofactor_rules::state::TextPurpose;
use twofactor_rules::text::ProviderAnswer;

use super::names::{
    BATCH, DEAD_LOST, DECLINED, DUPLICATES, EVENT_AGE, EVENT_SECONDS, EVENTS, ISOLATED,
    REDELIVERIES, TEXT_SECONDS, TEXTS, TOTP_OFFSET, UNROUTABLE,
};
use crate::provider::TWILIO;

/// Maximum offset of a TOTP code that is counted, in steps of 30 s.
const STEPS: i8 = 10;

/// Registers the series of a service.
pub(super) fn all(service: Service, countries: &BTreeSet<String>) {
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
        // Making the handle registers it.
        let _ = histogram!(metric, "service" => name);
    }
    for known in Event::TYPES.iter().filter(|known| known.service == service) {
        for possible in known.outcomes {
            let register = |reason, via| {
                outcome(service, known.name, possible.outcome_type, reason, via);
            };
            for reason in possible.reasons {
                register(reason.as_str(), "");
            }
            for via in possible.vias {
                register("", via.as_str());
            }
            if possible.reasons.is_empty() && possible.vias.is_empty() {
                register("", "");
            }
        }
    }
    if matches!(service, Service::Login | Service::Enrollment) {
        for offset in -STEPS..=STEPS {
            counter!(TOTP_OFFSET, "offset" => offset.to_string()).increment(0);
        }
    }
    match service {
        Service::Sms => texts(TextPurpose::Login, countries),
        Service::Enrollment => texts(TextPurpose::Enrollment, countries),
        Service::Login | Service::Reset => {}
    }
}

fn outcome(
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

fn texts(purpose: TextPurpose, countries: &BTreeSet<String>) {
    let _ = histogram!(TEXT_SECONDS, "provider" => TWILIO);
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
                Label::from_static_parts("provider", TWILIO),
                Label::from_static_parts("purpose", purpose.as_str()),
                Label::from_static_parts("result", answer.as_str()),
                Label::new("country", country.clone()),
            ];
            counter!(TEXTS, labels).increment(0);
        }
    }
}
