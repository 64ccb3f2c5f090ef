//! `twofactor-ctl explain`: why an event was decided as it was.
//!
//! Every fact stands with the row that it is from. What no row tells is "not known"; nothing is
//! worked out anew, since the state has moved on since.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use twofactor_contract::{Reason, RefusalReason, Via};
use twofactor_store::{Explained, Fact, Store};

use crate::cli::Explain;
use crate::desk::Desk;
use crate::failure::{Done, Failure};
use crate::settings;

/// Runs the command.
pub async fn run(asked: &Explain, desk: Desk) -> Result<Done, Failure> {
    let store = Store::of_reader(&settings::database_url()?)?;
    let found = store
        .explain(&asked.event_id, asked.source.as_deref())
        .await?;
    if found.is_empty() {
        let id = &asked.event_id;
        eprintln!(
            "twofactor-ctl: the trail has no event {id}: it was never handled, or its month was \
             dropped. Look at twofactor-ctl dead list and at the queues."
        );
        return Ok(Done::Found);
    }
    for one in &found {
        let lines = lines(one);
        desk.put(&text(&lines), &object(&asked.event_id, one, &lines))?;
    }
    Ok(Done::Well)
}

/// A fact with its source; without one it is not known.
struct Line {
    about: &'static str,
    known: Option<(String, String)>,
}

fn lines(one: &Explained) -> Vec<Line> {
    let row = format!("audit.{}, seq {}", one.log, one.seq);
    let of_row = |about, fact: Option<String>| Line {
        about,
        known: fact.map(|fact| (fact, row.clone())),
    };
    let whom = one.user_id.as_ref().zip(one.tenant_id.as_ref());
    let mut all = vec![
        of_row("event", one.event_type.clone()),
        of_row("source", one.source.clone()),
        of_row(
            "user",
            whom.map(|(user, tenant)| format!("{user} of {tenant}")),
        ),
        of_row(
            "outcome",
            Some(format!("{} {}", one.outcome_type, one.outcome_id)),
        ),
        of_row("rule", Some(rule(one))),
        of_row("method", one.method.clone()),
        of_row("decided", Some(one.recorded_at.to_string())),
        of_row(
            "waited",
            one.occurred_at.map(|at| waited(at, one.recorded_at)),
        ),
    ];
    if one.log == "login_log" {
        let required = one.policy_required.map(|is| {
            if is {
                "a second factor was required"
            } else {
                "none was required"
            }
            .to_owned()
        });
        all.push(of_row("policy of the login", required));
    }
    all.extend(one.facts.iter().map(|Fact { about, known }| Line {
        about,
        known: known.clone(),
    }));
    if one.method.as_deref() == Some("totp") {
        // The trail does not keep it; where a phone's clock is off, what was said tells.
        all.push(of_row("step's offset", None));
    }
    all
}

fn waited(occurred_at: Timestamp, recorded_at: Timestamp) -> String {
    let seconds = recorded_at.duration_since(occurred_at).as_secs_f64();
    format!("{seconds:.3} s from the event's time to the decision")
}

fn text(lines: &[Line]) -> String {
    let line = |line: &Line| match &line.known {
        Some((fact, source)) => format!("{:20} {fact}  [{source}]", line.about),
        None => format!("{:20} not known", line.about),
    };
    let lines: Vec<String> = lines.iter().map(line).collect();
    lines.join("\n")
}

fn object(event_id: &str, one: &Explained, lines: &[Line]) -> Value {
    let facts = lines.iter().map(|line| {
        let (fact, source) = line.known.clone().unzip();
        (
            line.about.replace([' ', '\''], "_"),
            json!({ "fact": fact, "source": source }),
        )
    });
    json!({
        "event_id": event_id, "seq": one.seq, "outcome_type": one.outcome_type,
        "reason": one.reason, "via": one.via, "facts": facts.collect::<Map<_, _>>(),
    })
}

/// The rule that decided, in the contract's words.
fn rule(one: &Explained) -> String {
    let reason = one.reason.as_deref();
    if let Some(via) = one.via.as_deref() {
        return match Via::parse(via) {
            Some(via) => format!("let in by {}: {}", via.as_str(), of_via(via)),
            None => format!("let in by {via}"),
        };
    }
    let Some(name) = reason else {
        return match one.outcome_type.as_str() {
            "login.challenged.v1" => {
                "nothing let this login in without a code, so one was asked for".to_owned()
            }
            "import" => "set up by twofactor-ctl import".to_owned(),
            _ => "nothing stood against it".to_owned(),
        };
    };
    let sentence = match (Reason::parse(name), RefusalReason::parse(name)) {
        (Some(reason), _) => of_reason(reason),
        (None, Some(refusal)) => of_refusal(refusal),
        (None, None) => "a reason that this release does not know",
    };
    format!("{name}: {sentence}")
}

const fn of_via(via: Via) -> &'static str {
    match via {
        Via::Totp => "the code held, and its step was not spent",
        Via::Sms => "the texted code held, in its session and in its time",
        Via::Backup => "the backup code held and was not spent",
        Via::Remembered => "the browser is remembered, at this address and not for over 30 days",
        Via::Enrolled => "this session had set a method up minutes before",
        Via::Grace => "no method yet, and the days of grace were not over",
        Via::Exempt => "no method, and an administrator's exemption held",
        Via::NotRequired => "no method, and the institution requires none",
    }
}

const fn of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::StaleEvent => "the event waited for longer than EVENT_MAX_AGE",
        Reason::ResetSince => "the user was reset after the event",
        Reason::MethodNotSetUp => "the user had not set that method up",
        Reason::Locked => "wrong codes had come to GUESS_LIMIT; a backup code or a reset unlocks",
        Reason::TooManyFailures => "a wait after five or more wrong codes ran; not judged",
        Reason::MalformedCode => "it could not be a code of that method; not counted",
        Reason::WrongCode => "a well-formed code that did not hold; counted at a login",
        Reason::CodeUsed => "this very code was accepted before",
        Reason::CodeExpired => "the right texted code, too late or replaced by a newer one",
        Reason::NoCodeSent => "there was no unspent texted code of this session",
        Reason::Throttled => "a text was sent within the throttle, or the day's limit was reached",
        Reason::NumberRejected => "the provider refused the number",
        Reason::ProviderUnavailable => "the provider did not take the text",
        Reason::LoginRequired => "the session was not let in by a second factor in 12 hours",
        Reason::AlreadySetUp => "the method was set up already",
        Reason::InvalidNumber => "no mobile number, or outside SMS_COUNTRIES",
        Reason::NotStarted => "no set-up was pending",
        Reason::NumberNotAccepted => "the number serves another user of the institution",
    }
}

const fn of_refusal(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::TooLarge => "the message was over 64 KiB",
        RefusalReason::Malformed => "it was no CloudEvent in JSON",
        RefusalReason::UnknownType => "this worker does not know the type",
        RefusalReason::InvalidField => "a member was missing, unknown or out of range",
        RefusalReason::ReplyToRequired => "the answer has secrets, and there was no reply_to",
        RefusalReason::IdConflict => "the same source and id came before with other content",
        RefusalReason::TooOld => "its time lay over 7 days back",
        RefusalReason::UnknownTenant => "the institution had no policy yet",
        RefusalReason::InternalError => "the worker failed on it five times; look at its log",
    }
}
