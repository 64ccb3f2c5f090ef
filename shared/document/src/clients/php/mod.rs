//! The types in PHP: a final readonly class each, with a constructor for named arguments.

mod class;
mod member;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::lists::List;
use super::model::{Contract, Message};
use super::words::{GENERATED, constant};
use class::{class, envelope, received, sent};
use member::doc;

/// What is the same whatever the schemas say, by the class.
const FIXED: [(&str, &str); 5] = [
    ("Event", include_str!("Event.php")),
    ("Members", include_str!("Members.php")),
    ("Outcome", include_str!("Outcome.php")),
    ("Secret", include_str!("Secret.php")),
    ("UnknownOutcome", include_str!("UnknownOutcome.php")),
];
const EVENTS: &str = include_str!("Events.php");
const OUTCOMES: &str = include_str!("Outcomes.php");

/// The files of the classes, by the name of the class.
pub fn types(contract: &Contract) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (name, text) in FIXED {
        files.insert(name.to_owned(), text.to_owned());
    }
    for list in &contract.lists {
        files.insert(list.name.clone(), constants(list));
    }
    files.insert("Envelope".to_owned(), envelope(&contract.envelope));
    for event in &contract.events {
        for inner in event.data.inner() {
            files.insert(inner.class.clone(), sent(inner, None));
        }
        files.insert(event.data.class.clone(), sent(&event.data, Some(event)));
    }
    for outcome in &contract.outcomes {
        for inner in outcome.data.inner() {
            files.insert(inner.class.clone(), received(inner, None));
        }
        let class = received(&outcome.data, Some(outcome));
        files.insert(outcome.data.class.clone(), class);
    }
    files.insert("Events".to_owned(), with_types(EVENTS, &contract.events));
    files.insert(
        "Outcomes".to_owned(),
        with_types(OUTCOMES, &contract.outcomes),
    );
    for text in files.values_mut() {
        *text = text.replacen("<?php\n", &format!("<?php\n\n// {GENERATED}\n"), 1);
    }
    files
}

/// A class that knows the class of each type.
fn with_types(class: &str, messages: &[Message]) -> String {
    let types = messages.iter().map(|message| {
        let class = &message.data.class;
        format!("        '{}' => {class}::class,\n", message.name)
    });
    let types: String = types.collect();
    class.replacen("TYPES = [];", &format!("TYPES = [\n{types}    ];"), 1)
}

fn constants(list: &List) -> String {
    let mut body = String::new();
    for (value, meaning) in &list.values {
        doc(&mut body, "    ", meaning, None);
        let _ = writeln!(body, "    public const {} = '{value}';", constant(value));
    }
    if let Some(fallback) = list.fallback {
        let known = list
            .values
            .iter()
            .map(|(value, _)| format!("self::{}", constant(value)));
        let known: Vec<_> = known.collect();
        let _ = write!(
            body,
            "\n    /** The value, or `{fallback}` for one that is not known. */\n    \
             public static function read(#[\\SensitiveParameter] mixed $value): string\n    {{\n        \
             $known = [\n            {},\n        ];\n        \
             return in_array(Members::text($value), $known, true) ? $value : self::{};\n    }}\n",
            known.join(",\n            "),
            constant(fallback)
        );
    }
    let description = format!("The known values of `{}`.", list.member);
    class("final class", &list.name, "", &description, &body)
}
