//! A step of the story: somebody does something, an event goes out, an outcome is expected.
//!
//! The code of a step reads like the sentence that is shown. It knows how outcomes are compared
//! with what was expected, and how both are shown.

use anyhow::Result;
use serde_json::Value;
use twofactor_testkit::{CrmEvent, Outcome};

use super::facts;
use super::screen::{GLUE, Screen, Style, duration, head, paragraph, tail};
use super::story::{Answer, Story};

/// A check of an outcome; it returns what differs, where something does.
type Check = Box<dyn Fn(&Outcome) -> Option<String>>;

/// A step before it is played.
pub struct Step<'s> {
    story: &'s mut Story,
    sentence: String,
    promises: Vec<u8>,
}

/// A step with its event and what is expected of the outcome.
pub struct Expecting<'s> {
    step: Step<'s>,
    event: CrmEvent,
    kind: String,
    checks: Vec<Check>,
}

impl Story {
    /// Somebody does something, and the CRM publishes an event for it.
    pub fn step(&mut self, sentence: &str, promises: &[u8]) -> Step<'_> {
        Step {
            story: self,
            sentence: sentence.to_owned(),
            promises: promises.to_vec(),
        }
    }
}

impl<'s> Step<'s> {
    /// Makes the CRM publish this, and expect an outcome of that type.
    pub fn asks(self, event: CrmEvent, kind: &str) -> Expecting<'s> {
        Expecting {
            step: self,
            event,
            kind: kind.to_owned(),
            checks: Vec::new(),
        }
    }

    /// Makes the CRM publish all of these at the same time. The outcomes are expected in any
    /// order, each written as its type and, where there is one, its reason.
    pub async fn asks_at_once(
        self,
        events: Vec<CrmEvent>,
        expected: &[&str],
    ) -> Result<Vec<Outcome>> {
        let Self {
            story,
            sentence,
            promises,
        } = self;
        let asking = events.iter().map(|event| story.ask(event));
        let answers: Vec<Answer> = futures::future::try_join_all(asking).await?;
        let mut problems: Vec<String> = Vec::new();
        for answer in &answers {
            problems.extend(answer.problems.clone());
        }
        let mut came: Vec<String> = answers.iter().map(|a| verdict(&a.outcome)).collect();
        let mut expected: Vec<String> = expected.iter().map(|&kind| kind.to_owned()).collect();
        came.sort();
        expected.sort();
        if came != expected {
            problems.push(format!(
                "{}, not {}",
                came.join(" and "),
                expected.join(" and ")
            ));
        }
        let place = story.next_step();
        let screen = story.screen;
        head(screen, place, problems.is_empty(), &sentence, &promises);
        show_together(screen, &events, &answers);
        tail(screen, &problems);
        for (event, answer) in events.iter().zip(&answers) {
            story.keep_secrets(event, std::slice::from_ref(answer));
        }
        story.note(&promises, place, problems.is_empty());
        Ok(answers.into_iter().map(|answer| answer.outcome).collect())
    }
}

impl Expecting<'_> {
    /// Expects that value of a member.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        let name = member.to_owned();
        let wanted = value.into();
        self.checks.push(Box::new(move |outcome| {
            let came = &outcome[name.as_str()];
            let differs = *came != wanted;
            differs.then(|| format!("{name} is {}, not {}", words_of(came), words_of(&wanted)))
        }));
        self
    }

    /// Expects that member, with any value.
    pub fn having(self, member: &str) -> Self {
        let name = member.to_owned();
        self.that(&format!("it has {name}"), move |outcome| outcome.has(&name))
    }

    /// Expects that the member is absent.
    pub fn without(self, member: &str) -> Self {
        let name = member.to_owned();
        self.that(&format!("it has no {name}"), move |outcome| {
            !outcome.has(&name)
        })
    }

    /// Expects a sentence for the page that has these words.
    pub fn saying(self, words: &str) -> Self {
        let words = words.to_owned();
        self.that(&format!("the page says “{words}”"), move |outcome| {
            outcome.str("message").contains(&words)
        })
    }

    /// Expects a sentence for the person's mailbox that has these words.
    pub fn telling(self, words: &str) -> Self {
        let words = words.to_owned();
        self.that(&format!("the e-mail says “{words}”"), move |outcome| {
            outcome.str("notice").contains(&words)
        })
    }

    /// Expects a wait in that range of seconds.
    pub fn waiting(self, seconds: std::ops::RangeInclusive<i64>) -> Self {
        let what = format!(
            "retry_after_seconds is {} to {}",
            seconds.start(),
            seconds.end()
        );
        self.that(&what, move |outcome| {
            let wait = outcome.integer("retry_after_seconds");
            wait.is_some_and(|wait| seconds.contains(&wait))
        })
    }

    /// Expects another condition, in the words of a sentence.
    pub fn that(mut self, what: &str, holds: impl Fn(&Outcome) -> bool + 'static) -> Self {
        let problem = format!("it does not hold that {what}");
        self.checks.push(Box::new(move |outcome| {
            (!holds(outcome)).then(|| problem.clone())
        }));
        self
    }

    /// Plays the step.
    pub async fn play(self) -> Result<Outcome> {
        let Self {
            step,
            event,
            kind,
            checks,
        } = self;
        let Step {
            story,
            sentence,
            promises,
        } = step;
        let answer = story.ask(&event).await?;
        let outcome = &answer.outcome;
        let mut problems = answer.problems.clone();
        if outcome.kind() != kind {
            problems.push(format!("{}, not {kind}", verdict(outcome)));
        }
        problems.extend(checks.iter().filter_map(|check| check(outcome)));
        let place = story.next_step();
        let screen = story.screen;
        head(screen, place, problems.is_empty(), &sentence, &promises);
        sent(screen, &event, 1);
        received(screen, &answer);
        tail(screen, &problems);
        story.keep_secrets(&event, std::slice::from_ref(&answer));
        story.note(&promises, place, problems.is_empty());
        Ok(answer.outcome)
    }
}

/// Shows events and outcomes in their order; equal ones once, with their count.
fn show_together(screen: Screen, events: &[CrmEvent], answers: &[Answer]) {
    let lines = |event: &CrmEvent, answer: &Answer| {
        let sent = facts::line(event.data(), &[]);
        (sent, verdict(&answer.outcome))
    };
    let pairs: Vec<_> = events.iter().zip(answers).collect();
    let same = |one: (&CrmEvent, &Answer), other: (&CrmEvent, &Answer)| {
        lines(one.0, one.1) == lines(other.0, other.1)
    };
    for (at, pair) in pairs.iter().enumerate() {
        if pairs[..at].iter().any(|earlier| same(*earlier, *pair)) {
            continue;
        }
        let count = pairs[at..]
            .iter()
            .filter(|later| same(**later, *pair))
            .count();
        sent(screen, pair.0, count);
        received(screen, pair.1);
    }
}

fn sent(screen: Screen, event: &CrmEvent, count: usize) {
    let facts = facts::line(event.data(), &[]);
    let times = match count {
        1 => String::new(),
        more => format!("{GLUE}{GLUE}({more} times)"),
    };
    let line = format!("{}{GLUE}{GLUE}{facts}{times}", event.event_type());
    paragraph(screen, "→ ", &line, Style::Dim);
}

fn received(screen: Screen, answer: &Answer) {
    let outcome = &answer.outcome;
    let facts = facts::line(outcome.data(), &answer.secret_members);
    let took = duration(answer.took);
    let line = format!("{}{GLUE}{GLUE}{facts}{GLUE}{GLUE}({took})", outcome.kind());
    paragraph(screen, "← ", &line, Style::Plain);
    for (member, sign) in [("message", "  "), ("notice", "@ ")] {
        let sentence = outcome.str(member);
        if !sentence.is_empty() {
            paragraph(screen, sign, &format!("“{sentence}”"), Style::Quote);
        }
    }
}

/// Returns the outcome's type and, where there is one, its reason.
fn verdict(outcome: &Outcome) -> String {
    match outcome.str("reason") {
        "" => outcome.kind().to_owned(),
        reason => format!("{} {reason}", outcome.kind()),
    }
}

fn words_of(value: &Value) -> String {
    if value.is_null() {
        return "missing".to_owned();
    }
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
