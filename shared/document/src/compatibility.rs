//! Changes that break users of a released contract.
//!
//! A publisher sends events as released: each must still be accepted, so an event may gain optional
//! members and wider values. A consumer reads outcomes: each must still have what the release
//! promised, so an outcome may gain members, and open lists may grow. Everything else requires a
//! new type.

use serde_json::Value;

/// The direction of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Publishers send it.
    Event,
    /// Consumers read it.
    Outcome,
}

/// Returns every way in which today's schema breaks users of the released one, as sentences.
pub fn breaks(side: Side, name: &str, released: &Value, today: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(side, name, released, today, &mut found);
    found
}

fn compare(side: Side, at: &str, released: &Value, today: &Value, found: &mut Vec<String>) {
    let mut broken = |what: String| found.push(format!("this breaks consumers: {at} {what}"));
    if released["type"] != today["type"] {
        broken(format!(
            "was of type {}, and is of type {}",
            released["type"], today["type"]
        ));
        return;
    }
    if released["const"] != today["const"] {
        broken(format!(
            "was {}, and is {}",
            released["const"], today["const"]
        ));
    }
    for constraint in ["pattern", "format", "anyOf", "x-secret"] {
        if released[constraint] != today[constraint] && !is_wider(side, constraint, today) {
            broken(format!("has another {constraint}"));
        }
    }
    for (list, what) in lists(side, released, today) {
        if !list.is_empty() {
            broken(format!("{what} {}", list.join(", ")));
        }
    }
    for (bound, lower) in [
        ("minLength", true),
        ("minItems", true),
        ("minimum", true),
        ("maxLength", false),
        ("maxItems", false),
        ("maximum", false),
    ] {
        let before = released[bound].as_f64();
        let now = today[bound].as_f64();
        let narrower = match (side, before, now) {
            (Side::Event, _, None) | (Side::Outcome, None, _) => false,
            (Side::Event, None, Some(_)) | (Side::Outcome, Some(_), None) => true,
            // An event may be allowed more, an outcome may promise more.
            (Side::Event, Some(before), Some(now)) => {
                if lower {
                    now > before
                } else {
                    now < before
                }
            }
            (Side::Outcome, Some(before), Some(now)) => {
                if lower {
                    now < before
                } else {
                    now > before
                }
            }
        };
        if narrower {
            broken(format!("has another {bound}"));
        }
    }
    members(side, at, released, today, found);
    if !released["items"].is_null() {
        let at = format!("{at}[]");
        compare(side, &at, &released["items"], &today["items"], found);
    }
}

/// Returns whether a constraint on an event was removed.
fn is_wider(side: Side, constraint: &str, today: &Value) -> bool {
    side == Side::Event && constraint != "x-secret" && today[constraint].is_null()
}

/// Returns the values that were removed from, or added to, a list where that breaks users.
fn lists(side: Side, released: &Value, today: &Value) -> [(Vec<String>, &'static str); 2] {
    let values = |schema: &Value, list: &str| -> Vec<String> {
        let values = schema[list].as_array().into_iter().flatten();
        values.map(ToString::to_string).collect()
    };
    let before = values(released, "enum");
    let now = values(today, "enum");
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let gone = all.iter().filter(|value| !others.contains(value));
        gone.cloned().collect()
    };
    let gone = if side == Side::Event && !now.is_empty() {
        without(&before, &now)
    } else {
        Vec::new()
    };
    let came = if side == Side::Outcome && !before.is_empty() {
        without(&now, &before)
    } else {
        Vec::new()
    };
    [
        (gone, "no longer takes"),
        (came, "is a closed list and has gained"),
    ]
}

fn members(side: Side, at: &str, released: &Value, today: &Value, found: &mut Vec<String>) {
    let required = |schema: &Value, name: &str| {
        let required = schema["required"].as_array().into_iter().flatten();
        required.into_iter().any(|member| member == name)
    };
    for (name, before) in released["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        let Some(now) = today["properties"].get(name) else {
            found.push(format!("this breaks consumers: {at} is gone"));
            continue;
        };
        if side == Side::Outcome && required(released, name) && !required(today, name) {
            found.push(format!("this breaks consumers: {at} may be absent now"));
        }
        compare(side, &at, before, now, found);
    }
    if side == Side::Event {
        for (name, _) in today["properties"].as_object().into_iter().flatten() {
            if required(today, name) && !required(released, name) {
                found.push(format!(
                    "this breaks consumers: {at}.{name} is required now"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(properties: &Value, required: &[&str]) -> Value {
        json!({"type": "object", "properties": properties, "required": required})
    }

    #[test]
    fn what_may_be_added_breaks_nobody() {
        let before = object(&json!({"a": {"type": "string", "maxLength": 3}}), &["a"]);
        let after = json!({"a": {"type": "string", "maxLength": 5}, "b": {"type": "string"}});
        let after = object(&after, &["a"]);
        assert_eq!(
            breaks(Side::Event, "x.v1", &before, &after),
            Vec::<String>::new()
        );
        let after = json!({"a": {"type": "string", "maxLength": 2}, "b": {"type": "string"}});
        let after = object(&after, &["a", "b"]);
        assert_eq!(
            breaks(Side::Outcome, "x.v1", &before, &after),
            Vec::<String>::new()
        );
        let open = |list: &[&str]| json!({"type": "string", "x-extensible-enum": list});
        let grown = breaks(Side::Outcome, "x.v1", &open(&["a"]), &open(&["a", "b"]));
        assert_eq!(grown, Vec::<String>::new());
    }

    #[test]
    fn what_breaks_consumers_is_named() {
        let string = json!({"type": "string"});
        let one = object(&json!({"a": string}), &["a"]);
        let none = object(&json!({}), &[]);
        let two = object(&json!({"a": string, "b": string}), &["a", "b"]);
        let optional = object(&json!({"a": string}), &[]);
        let list = |values: &[&str]| json!({"type": "string", "enum": values});
        let long = json!({"type": "string", "maxLength": 9});
        let short = json!({"type": "string", "maxLength": 3});
        let secret = json!({"type": "string", "x-secret": true});
        let table = [
            (Side::Outcome, &one, &none, "x.v1.a is gone"),
            (Side::Event, &one, &none, "x.v1.a is gone"),
            (Side::Event, &one, &two, "x.v1.b is required now"),
            (Side::Outcome, &one, &optional, "x.v1.a may be absent now"),
            (Side::Event, &long, &short, "x.v1 has another maxLength"),
            (Side::Outcome, &short, &long, "x.v1 has another maxLength"),
            (Side::Outcome, &secret, &string, "x.v1 has another x-secret"),
            (
                Side::Event,
                &list(&["a", "b"]),
                &list(&["a"]),
                "x.v1 no longer takes \"b\"",
            ),
            (
                Side::Outcome,
                &list(&["a"]),
                &list(&["a", "b"]),
                "x.v1 is a closed list and has gained \"b\"",
            ),
            (
                Side::Outcome,
                &string,
                &json!({"type": "integer"}),
                "x.v1 was of type \"string\", and is of type \"integer\"",
            ),
        ];
        for (side, before, after, expected) in table {
            let expected = format!("this breaks consumers: {expected}");
            assert_eq!(breaks(side, "x.v1", before, after), [expected]);
        }
    }
}
