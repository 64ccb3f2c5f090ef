//! What is wrong with a member of `data`, without its value.

/// A member of `data` that is wrong: where it is, and what it must be.
#[derive(Debug)]
pub struct FieldError {
    pointer: String,
    must: String,
}

impl FieldError {
    /// The member at a JSON pointer (RFC 6901) into the event; `must` begins so, and says what a
    /// right one is.
    pub(crate) fn at(pointer: &str, must: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            must: must.to_owned(),
        }
    }

    /// The pointer.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// One sentence that names the member and says what it must be.
    pub(crate) fn message(&self) -> String {
        let name = self.pointer.rsplit('/').next().unwrap_or_default();
        sentence(name, &self.must)
    }
}

pub(crate) fn sentence(name: &str, must: &str) -> String {
    format!("{name} {must}.")
}
