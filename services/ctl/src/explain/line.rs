//! One line about an event: a fact with the row that it is from, or why it is not known.

use twofactor_store::Access;

/// One line about an event.
pub struct Line {
    /// The name of the fact.
    pub about: &'static str,
    /// The fact and the row that it is from; else the reason why it is not known.
    pub known: Result<(String, String), &'static str>,
}

/// The reason why a fact is not known that this role may not read.
pub const CLOSED: &str = "the role of DATABASE_URL may not read it; ask as the owner";

impl Line {
    /// Returns what was read, in words with its source; `otherwise` is why it is not known if
    /// there is no row.
    pub fn of<T>(
        about: &'static str,
        read: Access<Option<T>>,
        words: impl FnOnce(&T) -> (String, String),
        otherwise: &'static str,
    ) -> Self {
        let known = match read {
            Access::Open(Some(row)) => Ok(words(&row)),
            Access::Open(None) => Err(otherwise),
            Access::Closed => Err(CLOSED),
        };
        Self { about, known }
    }
}
