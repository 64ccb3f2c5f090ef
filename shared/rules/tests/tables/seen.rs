//! The words of the contract's vocabularies that the tables have produced, and the bytes of the
//! first outcome of each kind: they change only if the contract does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use twofactor_contract::declaration::PossibleOutcome;
use twofactor_contract::{Event, Next, Reason, RefusalReason, Via};

use crate::{
    admission, enrollment, enrollment_sms, exemptions, limits, login, login_codes, policy, profile,
    repeats, reset, sms,
};

/// The record of the outcomes that were produced.
#[derive(Default)]
pub struct Seen {
    words: BTreeSet<(&'static str, String)>,
    types: BTreeSet<&'static str>,
    /// Event type, outcome type, and the reason or the way in.
    outcomes: BTreeSet<String>,
    /// The first outcome of each kind: the reply, and the public form.
    bytes: BTreeMap<String, (String, String)>,
}

impl Seen {
    /// Records the bytes of an outcome. `kind` is its event's type and the outcome in short.
    pub fn note_bytes(&mut self, kind: String, reply: String, public: String) {
        self.bytes.entry(kind).or_insert((reply, public));
    }

    /// Returns the bytes of every kind: a line with its name, then the reply, then the broadcast if
    /// it differs.
    fn golden(&self) -> String {
        let mut all = String::new();
        for (kind, (reply, public)) in &self.bytes {
            let _ = writeln!(all, "# {kind}\n{reply}");
            if public != reply {
                let _ = writeln!(all, "{public}");
            }
        }
        all
    }

    /// Records the words of an outcome.
    pub fn note(&mut self, event_type: &'static str, outcome_type: &str, data: &Value) {
        self.types.insert(event_type);
        let word = |member: &str| data[member].as_str();
        let known = Event::find(event_type).expect("a known type");
        let is_declared = |possible: &PossibleOutcome| {
            possible.outcome_type == outcome_type
                && word("reason").is_none_or(|reason| {
                    possible
                        .reasons
                        .iter()
                        .any(|known| known.as_str() == reason)
                })
                && word("via")
                    .is_none_or(|via| possible.vias.iter().any(|known| known.as_str() == via))
        };
        if let Some(possible) = known.outcomes.iter().find(|possible| is_declared(possible)) {
            // `sms.throttled.v1` has one reason, which it need not state.
            let only = possible
                .reasons
                .first()
                .filter(|_| possible.reasons.len() == 1);
            let word = word("reason")
                .or(word("via"))
                .or(only.map(|reason| reason.as_str()));
            let word = word.unwrap_or_default();
            self.outcomes
                .insert(format!("{event_type} {outcome_type} {word}"));
        }
        let can_be_refused = outcome_type == "event.rejected.v1";
        let is_no_outcome =
            ["in", "held", "repeat"].contains(&outcome_type.trim_end_matches(".v1"));
        assert!(
            can_be_refused || is_no_outcome || known.outcomes.iter().any(is_declared),
            "{event_type} declares no {outcome_type} {data}"
        );
        let reason = if outcome_type == "event.rejected.v1" {
            "refusal"
        } else {
            "reason"
        };
        for (vocabulary, member) in [(reason, "reason"), ("via", "via"), ("next", "next")] {
            if let Some(word) = data[member].as_str() {
                self.words.insert((vocabulary, word.to_owned()));
            }
        }
    }

    fn missing(&self, vocabulary: &'static str, all: &[&'static str]) -> Vec<&'static str> {
        all.iter()
            .copied()
            .filter(|word| !self.words.contains(&(vocabulary, (*word).to_owned())))
            .collect()
    }
}

#[test]
fn every_word_of_the_contract_is_produced_by_some_table() {
    let mut seen = Seen::default();
    for table in [
        admission::table,
        login::table,
        login_codes::table,
        sms::table,
        limits::table,
        enrollment::table,
        exemptions::table,
        enrollment_sms::table,
        policy::table,
        profile::table,
        reset::table,
        repeats::table,
    ] {
        table(&mut seen);
    }
    let reasons: Vec<_> = Reason::ALL.iter().map(|word| word.as_str()).collect();
    // A throttled text has its own outcome type, and in set-ups a reason.
    assert_eq!(seen.missing("reason", &reasons), Vec::<&str>::new());
    let vias: Vec<_> = Via::ALL.iter().map(|word| word.as_str()).collect();
    assert_eq!(seen.missing("via", &vias), Vec::<&str>::new());
    let nexts: Vec<_> = Next::ALL.iter().map(|word| word.as_str()).collect();
    assert_eq!(seen.missing("next", &nexts), Vec::<&str>::new());
    let clocked = [
        RefusalReason::InvalidField,
        RefusalReason::ReplyToRequired,
        RefusalReason::IdConflict,
        RefusalReason::TooOld,
        RefusalReason::UnknownTenant,
    ];
    let refusals = clocked.map(RefusalReason::as_str);
    assert_eq!(seen.missing("refusal", &refusals), Vec::<&str>::new());
    let types: BTreeSet<_> = Event::TYPES.iter().map(|known| known.name).collect();
    let missing: Vec<_> = types.difference(&seen.types).collect();
    assert!(missing.is_empty(), "no table sends {missing:?}");
    let missing: Vec<_> = declared().difference(&seen.outcomes).cloned().collect();
    assert!(missing.is_empty(), "no table reaches {missing:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/outcomes.txt");
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let now = seen.golden();
    if golden != now {
        std::fs::write(&path, &now).expect("the file of outcomes can be written");
        panic!(
            "outcomes have other bytes than before; look at the diff of tests/tables/outcomes.txt"
        );
    }
}

/// Returns every declared outcome.
fn declared() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for known in Event::TYPES {
        for possible in known.outcomes {
            let reasons = possible.reasons.iter().map(|reason| reason.as_str());
            let vias = possible.vias.iter().map(|via| via.as_str());
            let mut words: Vec<_> = reasons.chain(vias).collect();
            if words.is_empty() {
                words.push("");
            }
            let outcome = |word| format!("{} {} {word}", known.name, possible.outcome_type);
            all.extend(words.into_iter().map(outcome));
        }
    }
    all
}
