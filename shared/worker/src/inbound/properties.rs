//! Checks that the client library can read the properties of a message, and keeps the readable ones
//! if it cannot.
//!
//! It walks the bytes (AMQP 0-9-1, sections 4.2.5 and 4.2.6, with the field types of RabbitMQ) as
//! strictly as the library does, with a limit to nesting, and builds nothing.

/// Maximum nesting of header values that is handed over.
const DEEPEST: usize = 32;

/// Kinds of the properties in the order of their bits, the highest first.
const LAYOUT: [Kind; 14] = [
    Kind::ShortString(Some(Kept::ContentType)),
    Kind::ShortString(None),
    Kind::Headers,
    Kind::Bytes(1),
    Kind::Bytes(1),
    Kind::ShortString(Some(Kept::CorrelationId)),
    Kind::ShortString(Some(Kept::ReplyTo)),
    Kind::ShortString(None),
    Kind::ShortString(None),
    Kind::Bytes(8),
    Kind::ShortString(None),
    Kind::ShortString(None),
    Kind::ShortString(None),
    Kind::ShortString(None),
];

#[derive(Clone, Copy)]
enum Kind {
    /// A short string in UTF-8.
    ShortString(Option<Kept>),
    /// A field table.
    Headers,
    /// A fixed count of bytes.
    Bytes(usize),
}

/// Property that an answer needs; it is kept even if others cannot be read.
#[derive(Clone, Copy)]
enum Kept {
    ContentType,
    CorrelationId,
    ReplyTo,
}

/// Returns `true` if the client library can read all of these properties.
pub(super) fn are_readable(bytes: &[u8]) -> bool {
    let mut is_right = true;
    let walked = walk(bytes, |kind, value| {
        is_right &= match kind {
            Kind::ShortString(_) => std::str::from_utf8(value).is_ok(),
            Kind::Headers => is_table(value, 0),
            Kind::Bytes(_) => true,
        };
    });
    walked.is_some_and(<[u8]>::is_empty) && is_right
}

/// Makes properties of the content type, the correlation id and the reply queue alone, each if it
/// can be read.
pub(super) fn readable_part(bytes: &[u8]) -> Vec<u8> {
    let mut flags = 0_u16;
    let mut kept = Vec::new();
    // Properties before the first fault are still found at the right place.
    walk(bytes, |kind, value| {
        if let (Kind::ShortString(Some(name)), Ok(_)) = (kind, std::str::from_utf8(value)) {
            flags |= match name {
                Kept::ContentType => 1 << 15,
                Kept::CorrelationId => 1 << 10,
                Kept::ReplyTo => 1 << 9,
            };
            // A short string had one byte for its length.
            kept.push(u8::try_from(value.len()).unwrap_or_default());
            kept.extend_from_slice(value);
        }
    });
    let mut properties = flags.to_be_bytes().to_vec();
    properties.extend(kept);
    properties
}

/// Hands each property to `show`; returns the bytes after the last one.
fn walk<'a>(bytes: &'a [u8], mut show: impl FnMut(Kind, &'a [u8])) -> Option<&'a [u8]> {
    let mut rest = bytes;
    let flags = read_integer(&mut rest, 2)?;
    for (at, kind) in LAYOUT.into_iter().enumerate() {
        if flags & (1 << (15 - at)) == 0 {
            continue;
        }
        let length = match kind {
            Kind::ShortString(_) => read_integer(&mut rest, 1)?,
            Kind::Headers => read_integer(&mut rest, 4)?,
            Kind::Bytes(count) => count,
        };
        show(kind, take(&mut rest, length)?);
    }
    Some(rest)
}

/// Returns `true` if the fields of a table can be read.
fn is_table(bytes: &[u8], depth: usize) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let name = read_integer(&mut rest, 1).and_then(|length| take(&mut rest, length));
        let is_utf8 = name.is_some_and(|name| std::str::from_utf8(name).is_ok());
        if !is_utf8 || value(&mut rest, depth).is_none() {
            return false;
        }
    }
    true
}

/// Returns `true` if the values of an array can be read.
fn is_array(bytes: &[u8], depth: usize) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        if value(&mut rest, depth).is_none() {
            return false;
        }
    }
    true
}

/// Skips one value; none if it cannot be read.
fn value(rest: &mut &[u8], depth: usize) -> Option<()> {
    let kind = take(rest, 1)?[0];
    let size = match kind {
        b't' | b'b' | b'B' => 1,
        b's' | b'U' | b'u' => 2,
        b'I' | b'i' | b'f' => 4,
        b'L' | b'l' | b'd' | b'T' => 8,
        b'D' => 5,
        b'V' => 0,
        b'S' | b'x' | b'A' | b'F' => read_integer(rest, 4)?,
        _ => return None,
    };
    let bytes = take(rest, size)?;
    let is_right = match kind {
        b'A' => depth < DEEPEST && is_array(bytes, depth + 1),
        b'F' => depth < DEEPEST && is_table(bytes, depth + 1),
        _ => true,
    };
    is_right.then_some(())
}

/// Reads an unsigned integer of one, two or four bytes, the highest first.
pub(super) fn read_integer(rest: &mut &[u8], size: usize) -> Option<usize> {
    let bytes = take(rest, size)?;
    Some(
        bytes
            .iter()
            .fold(0, |all, byte| all << 8 | usize::from(*byte)),
    )
}

/// Takes the next `count` bytes, if there are so many.
pub(super) fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, others) = rest.split_at_checked(count)?;
    *rest = others;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes properties with a content type, headers, a correlation id and a reply queue.
    fn properties(content_type: &[u8], headers: &[u8], correlation_id: &[u8]) -> Vec<u8> {
        let short = |bytes: &[u8]| {
            let length = u8::try_from(bytes.len()).expect("a short string");
            [&[length][..], bytes].concat()
        };
        let long = |bytes: &[u8]| [&length(bytes)[..], bytes].concat();
        [
            0b1010_0110_0000_0000_u16.to_be_bytes().to_vec(),
            short(content_type),
            long(headers),
            short(correlation_id),
            short(b"crm.reply.1"),
        ]
        .concat()
    }

    fn length(bytes: &[u8]) -> [u8; 4] {
        u32::try_from(bytes.len()).expect("a frame").to_be_bytes()
    }

    /// Makes a table within a table, `depth` times.
    fn nested(depth: usize) -> Vec<u8> {
        (0..depth).fold(b"\x01kV".to_vec(), |inner, _| {
            [b"\x01kF".as_slice(), &length(&inner), &inner].concat()
        })
    }

    #[test]
    fn what_the_library_can_read_passes() {
        let every_kind = b"\x01at\x01\x01bb\x02\x01cB\x03\x01ds\0\x01\x01eu\0\x01\x01fI\0\0\0\x01\
            \x01gl\0\0\0\0\0\0\0\x01\x01hf\0\0\0\0\x01id\0\0\0\0\0\0\0\0\x01jD\x02\0\0\0\x01\
            \x01kS\0\0\0\x02\xff\xfe\x01lx\0\0\0\x01\xff\x01mT\0\0\0\0\0\0\0\x01\x01nV\
            \x01oA\0\0\0\x03VVV\x01pF\0\0\0\x03\x01qV";
        for headers in [&b""[..], &every_kind[..], &nested(DEEPEST)] {
            assert!(are_readable(&properties(b"text/plain", headers, b"1")));
        }
        assert!(are_readable(&[0, 0]), "no property");
    }

    #[test]
    fn what_it_cannot_read_is_found_and_the_rest_stays() {
        let all = properties(b"text/plain", b"", b"1");
        let table: [(Vec<u8>, &[&str]); 9] = [
            (properties(b"\xff", b"", b"1"), &["1", "crm.reply.1"]),
            (
                properties(b"text/plain", b"", &[0xfe; 16]),
                &["text/plain", "crm.reply.1"],
            ),
            (
                properties(b"text/plain", b"\x01\xffV", b"1"),
                &["text/plain", "1", "crm.reply.1"],
            ),
            (
                properties(b"text/plain", b"\x01kz", b"1"),
                &["text/plain", "1", "crm.reply.1"],
            ),
            (
                properties(b"text/plain", b"\x01kS\0\0\0\x09x", b"1"),
                &["text/plain", "1"],
            ),
            (
                properties(b"text/plain", &nested(DEEPEST + 1), b"1"),
                &["text/plain", "1"],
            ),
            (
                [all.clone(), b"more".to_vec()].concat(),
                &["text/plain", "1", "crm.reply.1"],
            ),
            (all[..all.len() - 1].to_vec(), &["text/plain", "1"]),
            (vec![0, 1, 0, 0], &[]),
        ];
        for (bytes, kept) in table {
            assert!(!are_readable(&bytes), "{bytes:?}");
            let part = readable_part(&bytes);
            assert!(are_readable(&part), "{part:?}");
            for value in kept {
                let is_kept = part
                    .windows(value.len())
                    .any(|window| window == value.as_bytes());
                assert!(is_kept, "{value} of {bytes:?}");
            }
        }
    }

    #[test]
    fn eighteen_thousand_levels_are_refused_without_descending() {
        assert!(!are_readable(&properties(b"", &nested(18_000), b"")));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let all = properties(b"text/plain", &nested(3), b"1");
        for end in 0..all.len() {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut changed = all.clone();
                changed[end] = byte;
                are_readable(&changed);
                are_readable(&changed[..end]);
                assert!(are_readable(&readable_part(&changed)));
            }
        }
    }
}
