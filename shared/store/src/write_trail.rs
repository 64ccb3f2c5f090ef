//! The rows of the trail: the log of the service, calls of the provider, changes of policies.

use twofactor_contract::{Method, Service, Via};
use twofactor_rules::trail::{PolicyChange, TextCall, TrailRow};

use crate::clock::stored;
use crate::columns::Columns;
use crate::connection::Request;
use crate::draft::Draft;
use crate::sql;

/// Adds every row that the batch adds to the trail.
pub(crate) fn trail<'a>(draft: &'a Draft, requests: &mut Vec<Request<'a>>) {
    for service in Service::ALL {
        requests.extend(log(draft, service));
    }
    let rows: Vec<&TrailRow> = draft.trail.iter().collect();
    requests.extend(text_log(&rows));
    requests.extend(policy_log(&rows));
}

fn log(draft: &Draft, service: Service) -> Option<Request<'_>> {
    let rows = draft.trail.iter().filter(|row| row.log == service);
    let rows: Vec<&TrailRow> = rows.collect();
    let columns = Columns::of(&rows)
        .with(|row| row.occurred_at.map(stored))
        .with(|row| row.event_id.as_deref())
        .with(|row| row.source.as_deref())
        .with(|row| row.event_type.as_deref())
        .with(|row| row.outcome_id)
        .with(|row| row.outcome_type.as_ref())
        .with(|row| row.tenant_id.as_deref())
        .with(|row| row.user_id.as_deref())
        .with(|row| row.actor_id.as_deref())
        .with(|row| row.session_id.as_deref())
        .with(|row| row.notes.method.map(Method::as_str))
        .with(|row| row.reason);
    match service {
        Service::Login => columns
            .with(|row| row.notes.ip)
            .with(|row| row.notes.via.map(Via::as_str))
            .with(|row| row.notes.policy_required)
            .request(&sql::INSERT_LOGIN_LOG),
        Service::Sms => columns.request(&sql::INSERT_SMS_LOG),
        Service::Enrollment => columns
            .with(|row| row.notes.admin_reason.as_deref())
            .request(&sql::INSERT_ENROLLMENT_LOG),
        Service::Reset => columns
            .with(|row| row.notes.admin_reason.as_deref())
            .request(&sql::INSERT_RESET_LOG),
    }
}

fn text_log<'a>(rows: &[&'a TrailRow]) -> Option<Request<'a>> {
    let calls: Vec<(&TrailRow, &TextCall)> = rows
        .iter()
        .filter_map(|row| Some((*row, row.notes.text.as_ref()?)))
        .collect();
    Columns::of(&calls)
        .with(|(row, _)| row.tenant_id.as_deref())
        .with(|(row, _)| row.user_id.as_deref())
        .with(|(row, _)| row.session_id.as_deref())
        .with(|(row, _)| row.event_id.as_deref())
        .with(|(_, call)| call.purpose.as_str())
        .with(|(_, call)| call.number_ref.as_slice())
        .with(|(_, call)| call.country.as_str())
        .with(|(_, call)| call.provider)
        .with(|(_, call)| call.provider_ref.as_deref())
        .with(|(_, call)| call.result)
        .request(&sql::INSERT_TEXT_LOG)
}

fn policy_log<'a>(rows: &[&'a TrailRow]) -> Option<Request<'a>> {
    let changes: Vec<(&TrailRow, &PolicyChange)> = rows
        .iter()
        .filter_map(|row| Some((*row, row.notes.policy.as_ref()?)))
        .collect();
    Columns::of(&changes)
        .with(|(row, _)| row.tenant_id.as_deref())
        .with(|(_, change)| change.now.set_by.as_str())
        .with(|(_, change)| change.now.required)
        .with(|(_, change)| i16::from(change.now.grace_days))
        .with(|(_, change)| change.before.as_ref().map(|before| before.required))
        .with(|(_, change)| {
            change
                .before
                .as_ref()
                .map(|before| i16::from(before.grace_days))
        })
        .request(&sql::INSERT_POLICY_LOG)
}
