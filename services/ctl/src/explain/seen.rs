//! The facts that the decision itself saw, as they were kept beside the answer: the count before,
//! the wait, the offset of a code, the throttle. The code itself was never kept.

use jiff::Timestamp;
use twofactor_rules::facts::Facts;
use twofactor_rules::throttle::{Pace, Throttled};
use twofactor_store::{Explained, RecordedFacts};

use super::line::{CLOSED, Line};
use super::topic::Topic;

/// The name of the line with the count of wrong codes in a row.
pub const FAILURES: &str = "wrong codes before";

/// Returns the lines of an event about codes or texts; none for any other event. `has_failures` is
/// `true` if there is a line with the count before already.
pub fn lines(one: &Explained, seen: &RecordedFacts, has_failures: bool) -> Vec<Line> {
    let topic = Topic::of(one);
    if topic == Topic::Else {
        return Vec::new();
    }
    let source = format!("twofactor.answers, {}", one.outcome_id);
    let facts = match seen {
        RecordedFacts::Kept(facts) => Ok(facts),
        RecordedFacts::Earlier => Err("an earlier release decided, which did not keep it"),
        RecordedFacts::Gone => Err("it is kept for 8 days, and not of refusals"),
        RecordedFacts::Closed => Err(CLOSED),
    };
    let line = |about, say: &dyn Fn(&Facts) -> String| Line {
        about,
        known: facts.map(|facts| (say(facts), source.clone())),
    };
    let mut all = Vec::new();
    if !has_failures {
        all.push(line(FAILURES, &failures));
    }
    all.push(line("wait then", &wait));
    if one.method.as_deref() == Some("totp") {
        all.push(line("step's offset", &|facts| {
            offset(facts, one.reason.as_deref())
        }));
    }
    if topic == Topic::Text {
        all.push(line("throttle then", &throttle));
    }
    all
}

fn failures(facts: &Facts) -> String {
    format!("{} in a row", facts.failures_before.unwrap_or_default())
}

fn wait(facts: &Facts) -> String {
    facts.waits_until.map_or_else(
        || "none ran".to_owned(),
        |until| format!("one ran until {}", moment(until)),
    )
}

/// Words the offset of the code's step; where no code was compared, it says so.
fn offset(facts: &Facts, reason: Option<&str>) -> String {
    match (facts.totp_offset, reason) {
        (Some(0), _) => "0: the step of the event's time".to_owned(),
        (Some(steps), _) => {
            let way = if steps > 0 { "ahead of" } else { "behind" };
            let count = steps.unsigned_abs();
            let seconds = u32::from(count) * 30;
            let noun = if count == 1 { "step" } else { "steps" };
            format!("{steps}: {count} {noun} ({seconds} s) {way} the event's time")
        }
        (None, Some("wrong_code")) => "none: it matched no step within 10 either side".to_owned(),
        (None, _) => "none: no code was compared".to_owned(),
    }
}

fn throttle(facts: &Facts) -> String {
    let Some(Throttled { until, by }) = facts.throttled else {
        return "the throttle allowed the text".to_owned();
    };
    let limit = match by {
        Pace::UserPeriod => "the last text to the user was within SMS_THROTTLE",
        Pace::UserDay => "20 texts went to the user within 24 hours",
        Pace::UserCalls => "the provider was called 5 times for the user within SMS_THROTTLE",
        Pace::NumberPeriod => "the last set-up text to the number was within SMS_THROTTLE",
        Pace::NumberDay => "5 set-up texts went to the number within 24 hours",
    };
    format!("held back until {}: {limit}", moment(until))
}

fn moment(at: Timestamp) -> String {
    format!("{at:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_says_how_far_and_which_way() {
        let table = [
            (Some(0), None, "0: the step of the event's time"),
            (Some(1), None, "1: 1 step (30 s) ahead of the event's time"),
            (
                Some(-10),
                Some("wrong_code"),
                "-10: 10 steps (300 s) behind the event's time",
            ),
            (
                None,
                Some("wrong_code"),
                "none: it matched no step within 10 either side",
            ),
            (None, Some("malformed_code"), "none: no code was compared"),
        ];
        for (totp_offset, reason, expected) in table {
            let facts = Facts {
                totp_offset,
                ..Facts::default()
            };
            assert_eq!(offset(&facts, reason), expected);
        }
    }
}
