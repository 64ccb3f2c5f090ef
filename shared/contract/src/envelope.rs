//! The CloudEvents 1.0 attributes of an event, read and checked.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{EventId, Source};

/// The sender, id and time of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The event's id, unique for its source.
    pub id: EventId,
    /// The publisher.
    pub source: Source,
    /// Time at which the publisher received it from the person.
    pub time: Timestamp,
    /// The trace context, which the outcome passes on.
    pub trace_parent: Option<TraceParent>,
}

/// A W3C trace context, `traceparent`. A malformed one is dropped, as the standard requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The header's value; `None` if it has parts that only a later version of the standard
    /// defines.
    value: Option<Arc<str>>,
    trace_id: u128,
    parent_id: u64,
    is_sampled: bool,
}

impl TraceParent {
    /// Reads a trace context; `None` if the value is not one (W3C Trace Context, section 3.2). A
    /// later version may have more parts (section 3.2.4).
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let parent_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = hex(parts.next()?, 2)?;
        let has_more = parts.next().is_some();
        let is_version = version != 0xff && (version > 0 || !has_more);
        (is_version && trace_id != 0 && parent_id != 0).then(|| Self {
            value: (!has_more).then(|| value.into()),
            trace_id,
            parent_id,
            is_sampled: flags & 1 == 1,
        })
    }

    /// Returns the value to pass on; `None` if a later version of the standard added parts, which
    /// must not be passed on.
    pub fn as_str(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Returns the id of the trace; never zero.
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// Returns the id of the span that published the event; never zero.
    pub const fn parent_id(&self) -> u64 {
        self.parent_id
    }

    /// Returns whether the caller that began the trace records it.
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

/// Reads an integer of exactly `length` lower-case hexadecimal digits.
fn hex(part: &str, length: usize) -> Option<u128> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let is_valid = part.len() == length && part.bytes().all(is_digit);
    is_valid.then(|| u128::from_str_radix(part, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn only_a_well_formed_trace_is_passed_on() {
        for right in [RIGHT, &RIGHT.replacen("00", "cc", 1)] {
            let trace = TraceParent::parse(right).expect("a trace");
            assert_eq!(trace.as_str(), Some(right));
        }
        for wrong in [
            "",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0+",
            "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn its_parts_are_read() {
        let trace = TraceParent::parse(RIGHT).expect("a trace");
        assert_eq!(trace.trace_id(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!(trace.parent_id(), 0xb7ad_6b71_6920_3331);
        for (flags, is_sampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let value = format!("{}{flags}", &RIGHT[..53]);
            let trace = TraceParent::parse(&value).expect("a trace");
            assert_eq!(trace.is_sampled(), is_sampled, "{flags}");
        }
    }

    #[test]
    fn parts_that_a_later_version_adds_are_not_passed_on() {
        let later = format!("{}-more", RIGHT.replacen("00", "cc", 1));
        let trace = TraceParent::parse(&later).expect("a trace");
        assert_eq!(trace.parent_id(), 0xb7ad_6b71_6920_3331);
        assert!(trace.is_sampled());
        assert_eq!(trace.as_str(), None);
    }
}
