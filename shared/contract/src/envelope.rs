//! The CloudEvents 1.0 attributes of an event, read and checked.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{EventId, Source};

/// Who sent which event when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Unique per source.
    pub id: EventId,
    /// The publisher.
    pub source: Source,
    /// When the publisher received it from the person.
    pub time: Timestamp,
    /// Passed on in the outcome.
    pub trace_parent: Option<TraceParent>,
}

/// A W3C trace context `traceparent`. One that is malformed is dropped, as the standard asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent(Arc<str>);

impl TraceParent {
    /// The trace context, or `None` where the text is none (W3C Trace Context, section 3.2).
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let [version, trace, parent, flags] = parts.as_slice() else {
            return None;
        };
        let right = hex(version, 2)
            && *version != "ff"
            && hex(trace, 32)
            && trace.bytes().any(|b| b != b'0')
            && hex(parent, 16)
            && parent.bytes().any(|b| b != b'0')
            && hex(flags, 2);
        right.then(|| Self(text.into()))
    }

    /// The header's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_trace_is_passed_on() {
        let right = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(TraceParent::parse(right).is_some());
        for wrong in [
            "",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }
}
