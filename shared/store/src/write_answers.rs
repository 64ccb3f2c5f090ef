//! The rows of answers and refusals. Neither is ever overwritten: if a row of the same id is there,
//! another worker wrote it, and this batch must be decided again.

use twofactor_contract::UserId;
use twofactor_rules::answer::KeptOutcome;
use twofactor_rules::keys::Sealed;

use crate::clock::stored;
use crate::columns::Columns;
use crate::connection::Request;
use crate::draft::{Draft, NewAnswer};
use crate::sql;

/// Returns the answers of held texts, whose rows are there.
pub(crate) fn settled(draft: &Draft) -> Option<Request<'_>> {
    let held = |new: &&NewAnswer| draft.held.contains(&new.id);
    let rows: Vec<_> = draft.new_answers.values().filter(held).collect();
    answer_rows(&rows).request(&sql::SETTLE_ANSWERS)
}

/// Adds the new answers and refusals.
pub(crate) fn new<'a>(draft: &'a Draft, requests: &mut Vec<Request<'a>>) {
    let is_new = |new: &&NewAnswer| !draft.held.contains(&new.id);
    let new: Vec<_> = draft.new_answers.values().filter(is_new).collect();
    requests.extend(
        answer_rows(&new)
            .with(|new| new.facts.totp_offset.map(i16::from))
            .with(|new| new.facts.failures_before.map(i64::from))
            .with(|new| new.facts.waits_until.map(stored))
            .with(|new| new.facts.throttled.map(|by| stored(by.until)))
            .with(|new| new.facts.throttled.map(|throttled| throttled.by.as_str()))
            .request(&sql::INSERT_ANSWERS),
    );
    let rows: Vec<_> = draft.new_refusals.iter().collect();
    let refusals = Columns::of(&rows)
        .with(|new| new.id)
        .with(|new| new.reason.as_str())
        .with(|new| stored(new.refused_at))
        .with(|new| &*new.outcome.outcome_type)
        .with(|new| &*new.outcome.public);
    requests.extend(refusals.request(&sql::INSERT_REFUSALS));
}

fn answer_rows<'r, 'a>(rows: &'r [&'a NewAnswer]) -> Columns<'r, 'a, &'a NewAnswer> {
    let outcome = |new: &&'a NewAnswer| -> Option<&'a KeptOutcome> { new.answer.outcome.as_ref() };
    Columns::of(rows)
        .with(|new| new.id)
        .with(|new| new.tenant.as_str())
        .with(|new| new.user.as_ref().map(UserId::as_str))
        .with(|new| new.answer.content.as_slice())
        .with(|new| stored(new.answer.decided_at))
        .with(|new| outcome(new).map(|outcome| &*outcome.outcome_type))
        .with(|new| outcome(new).map(|outcome| &*outcome.public))
        .with(|new| outcome(new).and_then(|outcome| outcome.secrets.as_ref().map(Sealed::as_bytes)))
        .with(|new| outcome(new).is_some_and(|outcome| outcome.had_secrets))
}
