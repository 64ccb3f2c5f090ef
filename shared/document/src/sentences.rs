//! Every sentence that a person sees, by its key, in each language.

use serde_json::{Value, json};
use twofactor_contract::{Method, Next};
use twofactor_rules::catalogue::Sentence;

/// Returns the catalogue.
pub fn catalogue() -> Value {
    let sentences = Sentence::ALL.iter().map(|entry| {
        let (reason, method) = match entry.reason() {
            Some((reason, method)) => (Some(reason.as_str()), method.map(Method::as_str)),
            None => (None, None),
        };
        let next = entry.next();
        json!({
            "key": entry.key,
            "kind": entry.kind(),
            "reason": reason,
            "method": method,
            "next": next.map(Next::as_str),
            "page": next.map(page),
            "placeholders": entry.placeholders,
            "en": entry.en,
            "cy": entry.cy,
        })
    });
    json!({ "sentences": sentences.collect::<Vec<_>>() })
}

/// Returns what a page does for a `next`.
pub const fn page(next: Next) -> &'static str {
    match next {
        Next::EnterCode => "Show one field for a code, and a link to each other method.",
        Next::SetUp => "Start the set-up of a method.",
        Next::TryAnotherCode => "Show the same field again, empty, with the sentence beside it.",
        Next::RequestNewCode => "Show a button that requests a new text, and the other methods.",
        Next::UseAnotherMethod => "Show the other methods.",
        Next::Wait => "Show the wait of `retry_after_seconds`, then the field or the button again.",
        Next::AskAdmin => {
            "Show how to reach a user administrator, and the field for a backup code."
        }
        Next::TryAgain => "Start this step again; a login begins with the password.",
    }
}
