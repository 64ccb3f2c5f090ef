//! The words under which purposes, fates and ends of texts are kept in the database.

use twofactor_rules::state::{CodeEnd, TextFate, TextPurpose};

use crate::error::Corrupt;

pub(crate) fn purpose(name: &str) -> Result<TextPurpose, Corrupt> {
    [TextPurpose::Login, TextPurpose::Enrollment]
        .into_iter()
        .find(|purpose| purpose.as_str() == name)
        .ok_or(Corrupt)
}

pub(crate) const fn of_fate(fate: TextFate) -> &'static str {
    match fate {
        TextFate::Held => "held",
        TextFate::Accepted => "accepted",
        TextFate::Unknown => "unknown",
        TextFate::Refused => "refused",
    }
}

pub(crate) fn fate(name: &str) -> Result<TextFate, Corrupt> {
    [
        TextFate::Held,
        TextFate::Accepted,
        TextFate::Unknown,
        TextFate::Refused,
    ]
    .into_iter()
    .find(|fate| of_fate(*fate) == name)
    .ok_or(Corrupt)
}

pub(crate) const fn of_end(end: CodeEnd) -> &'static str {
    match end {
        CodeEnd::Used => "used",
        CodeEnd::WrongEntry => "wrong_entry",
        CodeEnd::Void => "void",
    }
}

pub(crate) fn end(name: &str) -> Result<CodeEnd, Corrupt> {
    [CodeEnd::Used, CodeEnd::WrongEntry, CodeEnd::Void]
        .into_iter()
        .find(|end| of_end(*end) == name)
        .ok_or(Corrupt)
}
