//! The error of a wrong member of `data`. It never holds the value.

/// A wrong member of `data`: where it is, and what it must be.
#[derive(Debug)]
pub struct FieldError {
    pointer: String,
    must: String,
}

impl FieldError {
    /// Makes the error of the member at a JSON pointer (RFC 6901) into the event. `must` begins
    /// with a verb and says what is allowed: "must be true or false".
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

    /// Returns one sentence that names the member and says what it must be.
    pub(crate) fn message(&self) -> String {
        let name = self.pointer.rsplit('/').next().unwrap_or_default();
        sentence(name, &self.must)
    }
}

pub(crate) fn sentence(name: &str, must: &str) -> String {
    format!("{name} {must}.")
}
