//! The content of a file that a person or another program wrote: UTF-8, with or without a byte
//! order mark.
//!
//! Editors and shells of Windows write a byte order mark before UTF-8, which is not part of a
//! password, and some write UTF-16. Workers and commands read their files with this one function,
//! so that a file that one of them accepts is accepted by all. It opens no file, and its errors
//! show nothing of one.

/// The reason why bytes are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUtf8 {
    /// UTF-16 or UTF-32, recognised by its mark or by its zero bytes.
    #[error("is in UTF-16; save it as UTF-8")]
    Utf16,
    /// Any other encoding.
    #[error("is not UTF-8; save it as UTF-8")]
    Other,
}

/// Reads the content without its byte order mark.
pub fn read(bytes: &[u8]) -> Result<&str, NotUtf8> {
    let is_marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    // UTF-16 without a mark is valid UTF-8 for the most part; nobody writes a NUL.
    if is_marked || bytes.contains(&0) {
        return Err(NotUtf8::Utf16);
    }
    let content = std::str::from_utf8(bytes).map_err(|_| NotUtf8::Other)?;
    Ok(content.strip_prefix('\u{feff}').unwrap_or(content))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(content: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        content.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(read(b"\xef\xbb\xbfsecret"), Ok("secret"));
        assert_eq!(read(b"secret"), Ok("secret"));
        assert_eq!(read(b"\xef\xbb\xbf"), Ok(""));
        assert_eq!(read(b""), Ok(""));
    }

    #[test]
    fn utf16_is_named_with_a_mark_or_without() {
        for content in ["\u{feff}{\"a\": 1}", "secret", "\u{feff}学生"] {
            for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(
                    read(&utf16(content, to_bytes)),
                    Err(NotUtf8::Utf16),
                    "{content}"
                );
            }
        }
        assert_eq!(read(b"caf\xe9"), Err(NotUtf8::Other));
    }

    proptest! {
        #[test]
        fn utf8_is_read_as_it_is(content in "[^\\x00\u{feff}][^\\x00]*") {
            prop_assert_eq!(read(content.as_bytes()), Ok(content.as_str()));
            let marked = format!("\u{feff}{content}");
            prop_assert_eq!(read(marked.as_bytes()), Ok(content.as_str()));
        }

        #[test]
        fn bytes_of_any_kind_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = read(&bytes);
        }
    }
}
