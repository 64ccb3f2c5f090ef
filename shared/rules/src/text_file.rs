//! The text of a file that a person or another program wrote: UTF-8, with a byte order mark or
//! without.
//!
//! Editors and shells of Windows begin UTF-8 with a mark, which is no part of a password, and some
//! write UTF-16. Workers and commands read their files by this one function, so that what starts
//! the one starts the other. It opens no file, and its errors show nothing of one.

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// UTF-16 or UTF-32, by its mark or by its noughts.
    #[error("is in UTF-16; save it as UTF-8")]
    Utf16,
    /// Something else.
    #[error("is not UTF-8; save it so")]
    NotUtf8,
}

/// The text without its byte order mark.
pub fn read(bytes: &[u8]) -> Result<&str, NoText> {
    let is_marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    // UTF-16 without a mark is valid UTF-8 for the most part; nobody writes a NUL in a text.
    if is_marked || bytes.contains(&0) {
        return Err(NoText::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NoText::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        assert_eq!(read(b"\xef\xbb\xbfsecret"), Ok("secret"));
        assert_eq!(read(b"secret"), Ok("secret"));
        assert_eq!(read(b"\xef\xbb\xbf"), Ok(""));
        assert_eq!(read(b""), Ok(""));
    }

    #[test]
    fn utf16_is_named_with_a_mark_or_without() {
        for text in ["\u{feff}{\"a\": 1}", "secret", "\u{feff}学生"] {
            for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(read(&utf16(text, to_bytes)), Err(NoText::Utf16), "{text}");
            }
        }
        assert_eq!(read(b"caf\xe9"), Err(NoText::NotUtf8));
    }

    proptest! {
        #[test]
        fn text_is_read_as_it_is(text in "[^\\x00\u{feff}][^\\x00]*") {
            prop_assert_eq!(read(text.as_bytes()), Ok(text.as_str()));
            let marked = format!("\u{feff}{text}");
            prop_assert_eq!(read(marked.as_bytes()), Ok(text.as_str()));
        }

        #[test]
        fn bytes_of_any_kind_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = read(&bytes);
        }
    }
}
