//! The types in TypeScript: interfaces of what is on the wire, unions over `type`, and readers.

mod member;

use std::fmt::Write as _;

use super::lists::List;
use super::model::{Contract, Member, Message};
use super::words::{GENERATED, either, wrapped};
use member::{kind, readers, secrets};

const HEAD: &str = include_str!("head.ts");
const TAIL: &str = include_str!("tail.ts");
const UNKNOWN: &str = "
/** An outcome of a type that this version does not know. It is no acceptance. */
export interface UnknownOutcome extends Envelope {
  readonly type: \"unknown\";
  /** The CloudEvents type. */
  readonly received_type: string;
  /** Its members; a secret, since any of them may be one. */
  readonly data: Secret<Record<string, unknown>>;
}
";

/// `types.ts`.
pub fn types(contract: &Contract) -> String {
    let mut file = format!("// {GENERATED}\n\n{HEAD}");
    for list in &contract.lists {
        values(&mut file, list);
    }
    interface(
        &mut file,
        "Envelope",
        "The CloudEvents attributes of an outcome.",
        &contract.envelope,
        true,
    );
    for event in &contract.events {
        message(&mut file, event, false);
    }
    for outcome in &contract.outcomes {
        message(&mut file, outcome, true);
    }
    file.push_str(UNKNOWN);
    union(&mut file, "Event", &contract.events, "");
    union(
        &mut file,
        "Outcome",
        &contract.outcomes,
        " | UnknownOutcome",
    );
    let envelope = readers(&contract.envelope, "");
    let _ = write!(
        file,
        "\nconst ENVELOPE = object<Envelope>({envelope});\n\nconst OUTCOMES = {{\n"
    );
    for outcome in &contract.outcomes {
        let members = readers(&outcome.data.members, "  ");
        let data = format!("{}Data", outcome.data.class);
        let _ = writeln!(file, "  \"{}\": object<{data}>({members}),", outcome.name);
    }
    file.push_str(
        "};\n\nconst SECRETS: Record<Event[\"type\"], readonly (readonly string[])[]> = {\n",
    );
    for event in &contract.events {
        let places = secrets(&event.data);
        let _ = writeln!(file, "  \"{}\": [{}],", event.name, places.join(", "));
    }
    file.push_str("};\n");
    file + TAIL
}

fn values(file: &mut String, list: &List) {
    doc(
        file,
        "\n",
        &format!("The known values of `{}`.", list.member),
    );
    let _ = writeln!(file, "export type {} =", list.name);
    for (value, meaning) in &list.values {
        doc(file, "  ", meaning);
        let _ = writeln!(file, "  | \"{value}\"");
    }
    file.pop();
    file.push_str(";\n");
    if let Some(fallback) = list.fallback {
        let known = list
            .values
            .iter()
            .map(|(value, _)| format!("    \"{value}\",\n"));
        let known: String = known.collect();
        let _ = write!(
            file,
            "\nconst {} = known<{}>(\n  [\n{known}  ],\n  \"{fallback}\",\n);\n",
            list.name.to_lowercase(),
            list.name
        );
    }
}

fn message(file: &mut String, message: &Message, is_outcome: bool) {
    for inner in message.data.inner() {
        interface(
            file,
            &inner.class,
            &inner.description,
            &inner.members,
            is_outcome,
        );
    }
    let class = &message.data.class;
    let data = format!("{class}Data");
    let mut description = message.data.description.clone();
    interface(
        file,
        &data,
        &format!("The members of {class}."),
        &message.data.members,
        is_outcome,
    );
    if !is_outcome {
        let _ = write!(description, " Answered by {}.", either(&message.answers));
    }
    doc(file, "\n", &description);
    let further = if is_outcome { " extends Envelope" } else { "" };
    let _ = write!(
        file,
        "export interface {class}{further} {{\n  readonly type: \"{}\";\n  readonly data: {data};\n}}\n",
        message.name
    );
}

fn interface(
    file: &mut String,
    name: &str,
    description: &str,
    members: &[Member],
    is_outcome: bool,
) {
    doc(file, "\n", description);
    let _ = writeln!(file, "export interface {name} {{");
    for member in members {
        doc(file, "  ", &member.description);
        let absent = if member.is_required { "" } else { "?" };
        let may = if member.is_required {
            ""
        } else {
            " | undefined"
        };
        let kind = kind(member, is_outcome);
        let _ = writeln!(file, "  readonly {}{absent}: {kind}{may};", member.name);
    }
    file.push_str("}\n");
}

fn union(file: &mut String, name: &str, messages: &[Message], further: &str) {
    let classes: Vec<_> = messages
        .iter()
        .map(|message| message.data.class.as_str())
        .collect();
    let what = name.to_lowercase();
    let types = messages
        .iter()
        .map(|message| format!("  \"{}\",\n", message.name));
    let types: String = types.collect();
    let further = further.replacen(" | ", "\n  | ", 1);
    let _ = write!(
        file,
        "\n/** Every {what}, told apart by its `type`. */\nexport type {name} =\n  | {}{further};\n\n\
         /** Every type of {what} that is known. */\nexport const {}_TYPES = [\n{types}] as const;\n",
        classes.join("\n  | "),
        what.to_uppercase()
    );
}

/// A comment of documentation; `before` is a line break or the indentation.
fn doc(file: &mut String, before: &str, text: &str) {
    let indent = before.trim_start_matches('\n');
    let lines = wrapped(&text.replace("*/", "* /"), 96 - indent.len() - 3);
    file.push_str(&before[..before.len() - indent.len()]);
    match &lines[..] {
        [only] => {
            let _ = writeln!(file, "{indent}/** {only} */");
        }
        lines => {
            let _ = writeln!(file, "{indent}/**");
            for line in lines {
                let _ = writeln!(file, "{indent} * {line}");
            }
            let _ = writeln!(file, "{indent} */");
        }
    }
}
