//! The messages of a capture: their bytes, and those of their AMQP properties that it shows.
//!
//! A capture is one JSON value, several one after the other, JSON lines, or an array. A value is
//! the event itself, or a message as RabbitMQ's management API, rabbitmqadmin and the tracing
//! plugin show it. It judges nothing: bytes that are no JSON are a message too, and do not harm
//! other lines.

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

/// Returns every message of a file, in its order.
pub fn messages(bytes: &[u8]) -> Result<Vec<Captured>, NotUtf8> {
    let input = match utf8_file::read(bytes) {
        Ok(input) => input,
        Err(NotUtf8::Utf16) => return Err(NotUtf8::Utf16),
        // Line by line, so that those in UTF-8 can still be read.
        Err(NotUtf8::Other) => return Ok(lines_of_bytes(bytes)),
    };
    let mut line = 1;
    let mut counted = 0;
    let each = pieces(input).into_iter().map(|piece| {
        line += newlines(&input.as_bytes()[counted..piece.start]);
        counted = piece.start;
        captured(line, &input[piece])
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
        Ok(input) => captured(at + 1, input.trim_ascii()),
        Err(_) => Captured {
            line: at + 1,
            body: line.to_vec(),
            routing_key: None,
            properties: None,
        },
    });
    each.collect()
}

/// Returns the range of each message in the capture.
fn pieces(input: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at += blank(&input[at..]);
        if at == input.len() {
            return found;
        }
        if input[at..].starts_with('[') {
            at = items(input, at + 1, &mut found);
        } else if let Some(length) = value(&input[at..]) {
            found.push(at..at + length);
            at += length;
        } else if is_lines(input) {
            return lines(input);
        } else {
            found.push(at..input.len());
            return found;
        }
    }
}

/// Finds the items of an array whose first one begins at or after `at`; returns the array's end.
fn items(input: &str, mut at: usize, found: &mut Vec<Range<usize>>) -> usize {
    loop {
        at += blank(&input[at..]);
        let rest = &input[at..];
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
            // An item that is no JSON ends where the next one begins.
            rest.find([',', ']']).unwrap_or(rest.len())
        };
        found.push(at..at + length);
        at += length;
        if length == 0 || length == rest.len() {
            return input.len();
        }
    }
}

fn blank(input: &str) -> usize {
    input.len() - input.trim_ascii_start().len()
}

/// Returns the length of the JSON value that the input begins with, if it begins with one.
fn value(input: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(input).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Is the capture in JSON lines: is one of its lines a whole object?
fn is_lines(input: &str) -> bool {
    let is_object = |line: &str| line.starts_with('{') && value(line) == Some(line.len());
    input.lines().any(|line| is_object(line.trim_ascii_end()))
}

fn lines(input: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let each = input.split_inclusive('\n').map(|line| {
        let begin = at + blank(line);
        at += line.len();
        begin..begin + line.trim_ascii().len()
    });
    each.filter(|piece| !piece.is_empty()).collect()
}

/// Returns the message that a piece of the capture shows.
fn captured(line: usize, input: &str) -> Captured {
    shown_by_a_broker(input, line).unwrap_or_else(|| Captured {
        line,
        body: input.as_bytes().to_vec(),
        routing_key: None,
        properties: None,
    })
}

/// Reads a message in the form that tools of the broker show, where it has that form.
fn shown_by_a_broker(input: &str, line: usize) -> Option<Captured> {
    let Ok(Value::Object(shown)) = serde_json::from_str(input) else {
        return None;
    };
    if shown.contains_key("specversion") {
        return None;
    }
    let payload = shown.get("payload").or_else(|| shown.get("body"))?;
    let body = match payload {
        Value::String(payload) => decoded(payload, &shown),
        other => other.to_string().into_bytes(),
    };
    let first = |list: &Value| list.get(0).cloned();
    let routing_key = shown.get("routing_key").cloned();
    let routing_key = routing_key.or_else(|| shown.get("routing_keys").and_then(first));
    Some(Captured {
        line,
        body,
        routing_key: routing_key.as_ref().and_then(string_of),
        properties: shown.get("properties").map(properties),
    })
}

/// Returns the bytes of a payload. The tracing plugin writes all in base64 and does not say so; it
/// has `routing_keys` where the management API has `routing_key`.
fn decoded(payload: &str, shown: &Map<String, Value>) -> Vec<u8> {
    let is_base64 = match shown.get("payload_encoding") {
        Some(encoding) => encoding == "base64",
        None => shown.contains_key("routing_keys"),
    };
    let bytes = is_base64.then(|| BASE64.decode(payload.as_bytes()).ok());
    bytes.flatten().unwrap_or_else(|| payload.into())
}

/// Reads the properties; the management API shows an empty array where there are none.
fn properties(shown: &Value) -> Properties {
    let string = |name: &str| shown.get(name).and_then(string_of);
    Properties {
        content_type: string("content_type"),
        reply_to: string("reply_to"),
    }
}

fn string_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the line and the body of each message.
    fn read(input: &str) -> Vec<(usize, String)> {
        let all = messages(input.as_bytes()).expect("readable");
        let each = all.into_iter();
        each.map(|one| (one.line, String::from_utf8(one.body).expect("UTF-8")))
            .collect()
    }

    fn bodies(input: &str) -> Vec<String> {
        read(input).into_iter().map(|(_, body)| body).collect()
    }

    #[test]
    fn one_value_several_lines_and_arrays_are_read_alike() {
        for input in [
            r#"{"a":1} {"b":2}"#,
            "{\"a\":1}\n\n{\"b\":2}\n",
            "\u{feff}{\"a\":1}\r\n{\"b\":2}\r\n",
            r#"[{"a":1}, {"b":2}]"#,
            "[\n{\"a\":1}\n]\n[\n{\"b\":2}\n]",
        ] {
            assert_eq!(bodies(input), [r#"{"a":1}"#, r#"{"b":2}"#], "{input}");
        }
        assert_eq!(bodies("{\n  \"a\": {}\n}\n"), ["{\n  \"a\": {}\n}"]);
        for input in ["", " \n", "[]", "[ ]\n"] {
            assert_eq!(bodies(input), [""; 0], "{input}");
        }
    }

    #[test]
    fn each_message_has_the_line_on_which_it_begins() {
        let lines =
            |input| -> Vec<usize> { read(input).into_iter().map(|(line, _)| line).collect() };
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
        let all = messages(b"{}\n{\"a\":\"\xff\"}\n{}").expect("readable");
        let bodies: Vec<_> = all.iter().map(|one| one.body.as_slice()).collect();
        assert_eq!(bodies, [&b"{}"[..], b"{\"a\":\"\xff\"}", b"{}"]);
        assert_eq!(messages(b"\xff\xfe{\0}\0"), Err(NotUtf8::Utf16));
    }

    #[test]
    fn what_the_tools_of_the_broker_show_is_taken_apart() {
        let event = r#"{"specversion":"1.0"}"#;
        let inner = serde_json::to_string(event).expect("JSON");
        let encoded = BASE64.encode(event.as_bytes());
        for (input, routing_key, reply_to) in [
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
            let all = messages(input.as_bytes()).expect("readable");
            let [one] = all.as_slice() else {
                panic!("{input}")
            };
            assert!(one.body.starts_with(&event.as_bytes()[..19]), "{input}");
            assert_eq!(one.routing_key.as_deref(), routing_key, "{input}");
            let properties = one.properties.as_ref();
            let shown = properties.map(|properties| properties.reply_to.as_deref());
            assert_eq!(shown, reply_to, "{input}");
        }
    }
}
