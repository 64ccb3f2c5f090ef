//! The messages of a capture: their bytes, and what it shows of their AMQP properties.
//!
//! A capture is one JSON value, several one after the other, JSON lines, or an array. A value is the
//! event itself, or a message as RabbitMQ's management API, rabbitmqadmin and the tracing plugin
//! show it. It judges nothing: what is no JSON is a message too, and one line of it spoils no other.

use std::ops::Range;

use data_encoding::BASE64;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use twofactor_rules::utf8_file::{self, NotUtf8};

/// A message as it was captured.
#[derive(Debug, PartialEq, Eq)]
pub struct Captured {
    /// The line of the file on which it begins, from 1 on.
    pub line: usize,
    /// The body.
    pub body: Vec<u8>,
    /// The routing key, where the capture shows it.
    pub routing_key: Option<String>,
    /// The properties, where the capture shows them.
    pub properties: Option<Properties>,
}

/// The AMQP properties that matter to an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// AMQP `content_type`.
    pub content_type: Option<String>,
    /// AMQP `reply_to`.
    pub reply_to: Option<String>,
}

/// Every message of a file, in its order.
pub fn messages(bytes: &[u8]) -> Result<Vec<Captured>, NotUtf8> {
    let text = match utf8_file::read(bytes) {
        Ok(text) => text,
        Err(NotUtf8::Utf16) => return Err(NotUtf8::Utf16),
        // Each line for itself: those that are UTF-8 can be read all the same.
        Err(NotUtf8::Other) => return Ok(lines_of_bytes(bytes)),
    };
    let mut line = 1;
    let mut counted = 0;
    let each = pieces(text).into_iter().map(|piece| {
        line += newlines(&text.as_bytes()[counted..piece.start]);
        counted = piece.start;
        captured(line, &text[piece])
    });
    Ok(each.collect())
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

fn lines_of_bytes(bytes: &[u8]) -> Vec<Captured> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let each = lines.map(|(at, line)| match std::str::from_utf8(line) {
        Ok(text) => captured(at + 1, text.trim_ascii()),
        Err(_) => Captured {
            line: at + 1,
            body: line.to_vec(),
            routing_key: None,
            properties: None,
        },
    });
    each.collect()
}

/// Where each message stands in the text.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at += blank(&text[at..]);
        if at == text.len() {
            return found;
        }
        if text[at..].starts_with('[') {
            at = items(text, at + 1, &mut found);
        } else if let Some(length) = value(&text[at..]) {
            found.push(at..at + length);
            at += length;
        } else if is_lines(text) {
            return lines(text);
        } else {
            found.push(at..text.len());
            return found;
        }
    }
}

/// The items of an array whose first one begins at or after `at`; returns where the array ends.
fn items(text: &str, mut at: usize, found: &mut Vec<Range<usize>>) -> usize {
    loop {
        at += blank(&text[at..]);
        let rest = &text[at..];
        if rest.starts_with(']') {
            return at + 1;
        }
        if rest.starts_with(',') {
            at += 1;
            continue;
        }
        let is_closed = rest.starts_with(['{', '[', '"']);
        let length = if is_closed {
            value(rest).unwrap_or(rest.len())
        } else {
            // What has no end of its own ends where the next item begins.
            rest.find([',', ']']).unwrap_or(rest.len())
        };
        found.push(at..at + length);
        at += length;
        if length == 0 || length == rest.len() {
            return text.len();
        }
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_ascii_start().len()
}

/// The length of the JSON value that the text begins with, if it begins with one.
fn value(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Whether the text has JSON lines: a line that is one whole object.
fn is_lines(text: &str) -> bool {
    let is_object = |line: &str| line.starts_with('{') && value(line) == Some(line.len());
    text.lines().any(|line| is_object(line.trim_ascii_end()))
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let each = text.split_inclusive('\n').map(|line| {
        let begin = at + blank(line);
        at += line.len();
        begin..begin + line.trim_ascii().len()
    });
    each.filter(|piece| !piece.is_empty()).collect()
}

/// The message that a piece of the text shows.
fn captured(line: usize, text: &str) -> Captured {
    shown_by_a_broker(text, line).unwrap_or_else(|| Captured {
        line,
        body: text.as_bytes().to_vec(),
        routing_key: None,
        properties: None,
    })
}

/// A message as tools of the broker show it, where it is one.
fn shown_by_a_broker(text: &str, line: usize) -> Option<Captured> {
    let Ok(Value::Object(shown)) = serde_json::from_str(text) else {
        return None;
    };
    if shown.contains_key("specversion") {
        return None;
    }
    let payload = shown.get("payload").or_else(|| shown.get("body"))?;
    let body = match payload {
        Value::String(text) => decoded(text, &shown),
        other => other.to_string().into_bytes(),
    };
    let first = |list: &Value| list.get(0).cloned();
    let routing_key = shown.get("routing_key").cloned();
    let routing_key = routing_key.or_else(|| shown.get("routing_keys").and_then(first));
    Some(Captured {
        line,
        body,
        routing_key: routing_key.as_ref().and_then(text_of),
        properties: shown.get("properties").map(properties),
    })
}

/// The bytes of a payload. The tracing plugin writes all in base64 and does not say so; it has
/// `routing_keys` where the management API has `routing_key`.
fn decoded(payload: &str, shown: &Map<String, Value>) -> Vec<u8> {
    let is_base64 = match shown.get("payload_encoding") {
        Some(encoding) => encoding == "base64",
        None => shown.contains_key("routing_keys"),
    };
    let bytes = is_base64.then(|| BASE64.decode(payload.as_bytes()).ok());
    bytes.flatten().unwrap_or_else(|| payload.into())
}

/// Where there are none, the management API shows an empty array.
fn properties(shown: &Value) -> Properties {
    let text = |name: &str| shown.get(name).and_then(text_of);
    Properties {
        content_type: text("content_type"),
        reply_to: text("reply_to"),
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and body of each message.
    fn read(text: &str) -> Vec<(usize, String)> {
        let all = messages(text.as_bytes()).expect("a text");
        let each = all.into_iter();
        each.map(|one| (one.line, String::from_utf8(one.body).expect("UTF-8")))
            .collect()
    }

    fn bodies(text: &str) -> Vec<String> {
        read(text).into_iter().map(|(_, body)| body).collect()
    }

    #[test]
    fn one_value_several_lines_and_arrays_are_read_alike() {
        for text in [
            r#"{"a":1} {"b":2}"#,
            "{\"a\":1}\n\n{\"b\":2}\n",
            "\u{feff}{\"a\":1}\r\n{\"b\":2}\r\n",
            r#"[{"a":1}, {"b":2}]"#,
            "[\n{\"a\":1}\n]\n[\n{\"b\":2}\n]",
        ] {
            assert_eq!(bodies(text), [r#"{"a":1}"#, r#"{"b":2}"#], "{text}");
        }
        assert_eq!(bodies("{\n  \"a\": {}\n}\n"), ["{\n  \"a\": {}\n}"]);
        for text in ["", " \n", "[]", "[ ]\n"] {
            assert_eq!(bodies(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn each_message_has_the_line_on_which_it_begins() {
        let lines = |text| -> Vec<usize> { read(text).into_iter().map(|(line, _)| line).collect() };
        assert_eq!(lines("{}\n\n{}\n{"), [1, 3, 4]);
        assert_eq!(lines("[\n  {\n  },\n  {}\n]"), [2, 4]);
        assert_eq!(lines("\n{\n\"a\": \n"), [2]);
    }

    #[test]
    fn what_is_broken_spoils_no_other() {
        assert_eq!(
            bodies("{\"a\":1}\nhunter2\n{\"b\"\n{}"),
            [r#"{"a":1}"#, "hunter2", "{\"b\"", "{}"]
        );
        assert_eq!(
            bodies("{\n\"a\": {},\n hunter2"),
            ["{\n\"a\": {},\n hunter2"]
        );
        assert_eq!(bodies("[1, hunter2, {}]"), ["1", "hunter2", "{}"]);
        assert_eq!(bodies(r#"[{}, {"a": "#), ["{}", r#"{"a": "#]);
        let all = messages(b"{}\n{\"a\":\"\xff\"}\n{}").expect("a text");
        let bodies: Vec<_> = all.iter().map(|one| one.body.as_slice()).collect();
        assert_eq!(bodies, [&b"{}"[..], b"{\"a\":\"\xff\"}", b"{}"]);
        assert_eq!(messages(b"\xff\xfe{\0}\0"), Err(NotUtf8::Utf16));
    }

    #[test]
    fn what_the_tools_of_the_broker_show_is_taken_apart() {
        let event = r#"{"specversion":"1.0"}"#;
        let inner = serde_json::to_string(event).expect("JSON");
        let encoded = BASE64.encode(event.as_bytes());
        for (text, routing_key, reply_to) in [
            (
                format!(
                    r#"[{{"payload_bytes":9,"redelivered":false,"exchange":"crm.auth","routing_key":"x","properties":{{"reply_to":"r","headers":{{}}}},"payload":{inner},"payload_encoding":"string"}}]"#
                ),
                Some("x"),
                Some(Some("r")),
            ),
            (
                format!(
                    r#"{{"routing_key":"x","properties":[],"payload":"{encoded}","payload_encoding":"base64"}}"#
                ),
                Some("x"),
                Some(None),
            ),
            (
                format!(
                    r#"{{"type":"published","routing_keys":["x"],"properties":{{}},"payload":"{encoded}"}}"#
                ),
                Some("x"),
                Some(None),
            ),
            (format!(r#"{{"body":{event}}}"#), None, None),
            (event.to_owned(), None, None),
            (
                r#"{"specversion":"1.0","payload":1}"#.to_owned(),
                None,
                None,
            ),
        ] {
            let all = messages(text.as_bytes()).expect("a text");
            let [one] = all.as_slice() else {
                panic!("{text}")
            };
            assert!(one.body.starts_with(&event.as_bytes()[..19]), "{text}");
            assert_eq!(one.routing_key.as_deref(), routing_key, "{text}");
            let properties = one.properties.as_ref();
            let shown = properties.map(|properties| properties.reply_to.as_deref());
            assert_eq!(shown, reply_to, "{text}");
        }
    }
}
