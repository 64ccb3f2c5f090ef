//! The types in Rust: structs that serde reads and writes, laid out as rustfmt lays them out.

mod enums;

use std::fmt::Write as _;

use super::model::{Contract, Kind, Member, Message, Object};
use super::words::{GENERATED, either};
use enums::{DERIVED, doc, names, outcome, values};

const HEAD: &str = include_str!("head.rs.txt");

/// `types.rs`.
pub fn types(contract: &Contract) -> String {
    let mut file = format!("// {GENERATED}\n{HEAD}");
    for list in &contract.lists {
        values(&mut file, list);
    }
    for event in &contract.events {
        sent(&mut file, event);
    }
    for outcome in &contract.outcomes {
        for inner in outcome.data.inner() {
            received(&mut file, inner);
        }
        received(&mut file, &outcome.data);
    }
    outcome(&mut file, &contract.outcomes);
    names(&mut file, "event", &contract.events);
    names(&mut file, "outcome", &contract.outcomes);
    file
}

fn sent(file: &mut String, event: &Message) {
    let derived = |further: &str| {
        format!(
            "#[derive({})]",
            DERIVED.replace("Debug, ", &format!("Debug, {further}"))
        )
    };
    for inner in event.data.inner() {
        structure(file, inner, &inner.description, &derived(""));
    }
    let answered = either(
        &event
            .answers
            .iter()
            .map(|class| format!("[`{class}`]"))
            .collect::<Vec<_>>(),
    );
    let description = format!("{} Answered by {answered}.", event.data.description);
    // Where a member is forgotten, a worker refuses what is empty; a `false` it would take.
    let is_refused_empty =
        |member: &Member| member.is_array || matches!(member.kind, Kind::Text) && !member.is_secret;
    let mut required = event
        .data
        .members
        .iter()
        .filter(|member| member.is_required);
    let default = if required.all(is_refused_empty) {
        "Default, "
    } else {
        ""
    };
    structure(file, &event.data, &description, &derived(default));
    let _ = write!(
        file,
        "\nimpl Event for {} {{\n    const TYPE: &'static str = \"{}\";\n}}\n",
        event.data.class, event.name
    );
}

fn received(file: &mut String, object: &Object) {
    let attributes = format!("#[derive({DERIVED})]\n#[non_exhaustive]");
    structure(file, object, &object.description, &attributes);
}

fn structure(file: &mut String, object: &Object, description: &str, attributes: &str) {
    doc(file, "\n", description);
    let _ = writeln!(file, "{attributes}\npub struct {} {{", object.class);
    for member in &object.members {
        doc(file, "    ", &member.description);
        let mut kind = kind(member);
        if !member.is_required {
            file.push_str("    #[serde(skip_serializing_if = \"Option::is_none\")]\n");
            kind = format!("Option<{kind}>");
        }
        let _ = writeln!(file, "    pub {}: {kind},", member.name);
    }
    file.push_str("}\n");
}

fn kind(member: &Member) -> String {
    let mut kind = match &member.kind {
        Kind::Text => "String",
        Kind::Time => "Timestamp",
        Kind::Integer => "i64",
        Kind::Flag => "bool",
        Kind::Choice(choice) => &choice.list,
        Kind::Object(object) => &object.class,
    }
    .to_owned();
    if member.is_array {
        kind = format!("Vec<{kind}>");
    }
    if member.is_secret {
        kind = match kind.as_str() {
            "String" => "Secret".to_owned(),
            other => format!("Secret<{other}>"),
        };
    }
    kind
}
