//! What has one form for all messages in Rust: enums of values, the enum of outcomes, lists of types,
//! comments of documentation.

use std::fmt::Write as _;

use super::super::lists::List;
use super::super::model::Message;
use super::super::words::{pascal, wrapped};

/// What every type derives.
pub const DERIVED: &str = "Clone, Debug, PartialEq, Eq, Serialize, Deserialize";
/// The columns that rustfmt fills at most.
const COLUMNS: usize = 100;

/// The enum of a list.
pub fn values(file: &mut String, list: &List) {
    let name = &list.name;
    doc(
        file,
        "\n",
        &format!("The known values of `{}`.", list.member),
    );
    let derived = DERIVED.replace("Eq, S", "Eq, Hash, S");
    let _ = write!(
        file,
        "#[derive({derived})]\n#[serde(rename_all = \"snake_case\")]\n#[non_exhaustive]\n\
         pub enum {name} {{\n"
    );
    let mut arms = String::new();
    for (value, meaning) in &list.values {
        let mut variant = pascal(value);
        doc(file, "    ", meaning);
        if variant == "Self" {
            variant.push('_');
            let _ = writeln!(file, "    #[serde(rename = \"{value}\")]");
        }
        if list.fallback == Some(value) {
            file.push_str("    ///\n");
            doc(
                file,
                "    ",
                "A value that this version does not know is read as this one.",
            );
            file.push_str("    #[serde(other)]\n");
        }
        let _ = writeln!(file, "    {variant},");
        let _ = writeln!(arms, "            Self::{variant} => \"{value}\",");
    }
    if list.is_in_outcomes && list.fallback.is_none() {
        doc(file, "    ", "A value that this version does not list.");
        file.push_str("    #[serde(untagged)]\n    Unlisted(String),\n");
        arms.push_str("            Self::Unlisted(value) => value,\n");
    }
    let _ = write!(
        file,
        "}}\n\nimpl {name} {{\n    /// Its name on the wire.\n    \
         pub fn as_str(&self) -> &str {{\n        match self {{\n{arms}        }}\n    }}\n}}\n"
    );
}

/// The enum of all outcomes, which reads them.
pub fn outcome(file: &mut String, outcomes: &[Message]) {
    doc(
        file,
        "\n",
        "What an event is answered with. `LoginAccepted` alone lets a person in.",
    );
    let _ = write!(
        file,
        "#[derive(Clone, Debug, PartialEq, Eq)]\n#[non_exhaustive]\npub enum Outcome {{\n"
    );
    let mut reading = String::new();
    let mut naming = String::new();
    for outcome in outcomes {
        let class = &outcome.data.class;
        let name = outcome.name;
        doc(file, "    ", &format!("`{name}`."));
        let _ = writeln!(file, "    {class}({class}),");
        arm(
            &mut reading,
            &format!("\"{name}\""),
            &format!("Self::{class}(serde_json::from_value(data)?)"),
        );
        let _ = writeln!(naming, "            Self::{class}(_) => \"{name}\",");
    }
    let _ = write!(
        file,
        "    /// A type that this version does not know, and no acceptance.\n    \
         Unknown(UnknownOutcome),\n}}\n\n\
         impl Outcome {{\n    \
         /// Reads the `data` of an outcome. The words of the error may hold a value: show them to nobody.\n    \
         pub(crate) fn read(outcome_type: &str, data: Value) -> serde_json::Result<Self> {{\n        \
         Ok(match outcome_type {{\n{reading}            \
         _ => Self::Unknown(UnknownOutcome {{\n                \
         outcome_type: outcome_type.to_owned(),\n                \
         data: Secret::new(data),\n            }}),\n        }})\n    }}\n\n    \
         /// The CloudEvents type.\n    \
         pub fn outcome_type(&self) -> &str {{\n        match self {{\n{naming}            \
         Self::Unknown(unknown) => &unknown.outcome_type,\n        }}\n    }}\n}}\n"
    );
}

/// An arm of a match, whose body is a block where it would be too long for one line.
fn arm(arms: &mut String, pattern: &str, body: &str) {
    let line = format!("            {pattern} => {body},");
    if line.len() <= COLUMNS {
        let _ = writeln!(arms, "{line}");
    } else {
        let _ = writeln!(
            arms,
            "            {pattern} => {{\n                {body}\n            }}"
        );
    }
}

/// The list of all types of events or of outcomes.
pub fn names(file: &mut String, what: &str, messages: &[Message]) {
    let _ = write!(
        file,
        "\n/// Every type of {what} that is known.\npub const {}_TYPES: [&str; {}] = [\n",
        what.to_uppercase(),
        messages.len()
    );
    for message in messages {
        let _ = writeln!(file, "    \"{}\",", message.name);
    }
    file.push_str("];\n");
}

/// A comment of documentation; `before` is a line break or the indentation.
pub fn doc(file: &mut String, before: &str, text: &str) {
    let indent = before.trim_start_matches('\n');
    file.push_str(&before[..before.len() - indent.len()]);
    for line in wrapped(text, COLUMNS - 4 - indent.len()) {
        let _ = writeln!(file, "{indent}/// {line}");
    }
}
