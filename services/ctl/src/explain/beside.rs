//! The facts in other rows about an event: the outcome, the policy then, the text before, the call
//! of the provider, the wrong codes before. It only words what the store reads.

use jiff::Timestamp;
use twofactor_contract::Service;
use twofactor_rules::failures_in_trail::{Effect, Row};
use twofactor_store::{
    Access, Explained, KeptText, OutcomeMembers, PolicyThen, RecordedFacts, Store, StoreError,
    TextCallThen,
};

use super::line::{CLOSED, Line};
use super::seen::FAILURES;
use super::topic::Topic;

/// Rows of the trail that are read at a time.
const PIECE: i64 = 1_000;

/// Returns the lines of an event, in their order.
pub async fn lines(
    store: &Store,
    event_id: &str,
    one: &Explained,
    seen: &RecordedFacts,
) -> Result<Vec<Line>, StoreError> {
    let gone = "outcomes are kept for 8 days";
    let said = store.outcome_members(one).await?;
    let words = |row: &OutcomeMembers| said_words(row, one);
    let mut all = vec![Line::of("what was said", said, words, gone)];
    let none = "no policy of the institution is in the trail before it";
    let policy = store.policy_then(one).await?;
    all.push(Line::of("policy then", policy, policy_words, none));
    if one.log == Service::Login && seen.failures_before().is_none() {
        all.push(failures(store, one).await?);
    }
    if Topic::of(one) == Topic::Text || one.log == Service::Sms {
        let none = "no text to this user before it is kept; they are for 8 days";
        let text = store.text_before(one).await?;
        let words = |row: &KeptText| text_words(row, one.recorded_at);
        all.push(Line::of("text before", text, words, none));
        all.push(provider(store, event_id, one).await?);
    }
    Ok(all)
}

fn said_words(said: &OutcomeMembers, one: &Explained) -> (String, String) {
    let message = said.message.as_deref().unwrap_or("no words");
    let again = said.retry_after_seconds.as_ref();
    let again = again.map(|seconds| format!(", again in {seconds} s"));
    let field = said.field.as_ref();
    let field = field.map(|field| format!(" (field {field})"));
    let more = again.or(field).unwrap_or_default();
    let source = format!("twofactor.{}, {}", said.kept_in, one.outcome_id);
    (format!("{message}{more}"), source)
}

fn policy_words(policy: &PolicyThen) -> (String, String) {
    let required = if policy.required {
        "required"
    } else {
        "not required"
    };
    let fact = format!(
        "{required}, {} days of grace, set by {} at {:.6}",
        policy.grace_days, policy.actor_id, policy.recorded_at
    );
    (fact, format!("audit.policy_log, seq {}", policy.seq))
}

fn text_words(text: &KeptText, decided_at: Timestamp) -> (String, String) {
    let seconds = decided_at
        .duration_since(text.taken_at)
        .as_secs_f64()
        .round();
    let fact = format!(
        "{} text at {:.6}, {}, {seconds} s before",
        text.purpose, text.taken_at, text.fate
    );
    (fact, format!("twofactor.texts, {}", text.id))
}

async fn provider(store: &Store, event_id: &str, one: &Explained) -> Result<Line, StoreError> {
    let known = match store.text_call(one, event_id).await? {
        Access::Open(Some(call)) => Ok(call_words(&call)),
        // A call has its row from the moment that the event has its own.
        Access::Open(None) => Ok((
            "it was not called".to_owned(),
            "audit.text_log, which has no row of it".to_owned(),
        )),
        Access::Closed => Err(CLOSED),
    };
    let about = "provider's answer";
    Ok(Line { about, known })
}

fn call_words(call: &TextCallThen) -> (String, String) {
    let name = call.provider_ref.as_deref().unwrap_or("not known");
    let fact = format!(
        "{}, {}, {} to {}, its name for it {name}",
        call.result, call.provider, call.purpose, call.country
    );
    (fact, format!("audit.text_log, seq {}", call.seq))
}

/// Counts wrong codes in a row before a login whose own count was not kept. The rules say what
/// counts.
async fn failures(store: &Store, one: &Explained) -> Result<Line, StoreError> {
    let about = FAILURES;
    let mut count = 0;
    let mut before = one.seq;
    'back: loop {
        let rows = match store.logins_and_resets(one, before, PIECE).await? {
            Access::Open(rows) => rows,
            Access::Closed => {
                let known = Err(CLOSED);
                return Ok(Line { about, known });
            }
        };
        let Some(oldest) = rows.last() else { break };
        before = oldest.seq;
        for row in &rows {
            let row = Row {
                outcome_type: &row.outcome_type,
                method: row.method.as_deref(),
                reason: row.reason.as_deref(),
                via: row.via.as_deref(),
            };
            match row.effect() {
                Effect::Counts => count += 1,
                Effect::Clears => break 'back,
                Effect::Leaves => {}
            }
        }
    }
    let fact = format!("{count} in a row");
    let source = format!("audit.login_log and audit.reset_log before seq {}", one.seq);
    let known = Ok((fact, source));
    Ok(Line { about, known })
}
