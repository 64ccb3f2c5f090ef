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
pub struct TraceParent {
    /// None where it ends in parts that only a later version of the standard knows.
    text: Option<Arc<str>>,
    trace_id: u128,
    parent_id: u64,
    is_sampled: bool,
}

impl TraceParent {
    /// The trace context, or `None` where the text is none (W3C Trace Context, section 3.2). A
    /// later version may have more parts (section 3.2.4).
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let parent_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = hex(parts.next()?, 2)?;
        let has_more = parts.next().is_some();
        let is_version = version != 0xff && (version > 0 || !has_more);
        (is_version && trace_id != 0 && parent_id != 0).then(|| Self {
            text: (!has_more).then(|| text.into()),
            trace_id,
            parent_id,
            is_sampled: flags & 1 == 1,
        })
    }

    /// The header's text, to be passed on; what a later version adds to it is nobody's to pass on.
    pub fn as_str(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The trace; not zero.
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The span in whose course the event was published; not zero.
    pub const fn parent_id(&self) -> u64 {
        self.parent_id
    }

    /// Whether whoever began the trace records it.
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

/// A number in so many lower-case hexadecimal digits.
fn hex(part: &str, length: usize) -> Option<u128> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let right = part.len() == length && part.bytes().all(is_digit);
    right.then(|| u128::from_str_radix(part, 16).ok())?
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
            let text = format!("{}{flags}", &RIGHT[..53]);
            let trace = TraceParent::parse(&text).expect("a trace");
            assert_eq!(trace.is_sampled(), is_sampled, "{flags}");
        }
    }

    #[test]
    fn a_later_version_may_say_more_which_is_not_passed_on() {
        let later = format!("{}-what-comes", RIGHT.replacen("00", "cc", 1));
        let trace = TraceParent::parse(&later).expect("a trace");
        assert_eq!(trace.parent_id(), 0xb7ad_6b71_6920_3331);
        assert!(trace.is_sampled());
        assert_eq!(trace.as_str(), None);
    }
}
