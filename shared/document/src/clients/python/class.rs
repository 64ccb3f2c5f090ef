//! A class in Python: a dataclass of an event, which hides its secrets, or of an outcome, which reads
//! itself.

use std::fmt::Write as _;

use super::super::model::{Kind, Member, Message, Object};
use super::super::words::{either, wrapped};

/// The columns that the text of comments fills at most.
pub const WIDTH: usize = 96;

/// Whether a class is sent or received.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It is sent.
    Event,
    /// It is received.
    Outcome,
}

/// The class of the attributes of outcomes.
pub fn envelope(file: &mut String, attributes: &[Member]) {
    class(
        file,
        "Envelope",
        "The CloudEvents attributes of an outcome.",
    );
    file.push('\n');
    for attribute in attributes {
        member(file, Side::Outcome, attribute);
    }
    file.push_str(
        "\n    @classmethod\n    def from_message(cls, message: Mapping[str, Any]) -> Envelope:\n",
    );
    file.push_str("        \"\"\"Reads the attributes of a message, or raises ValueError.\"\"\"\n");
    file.push_str("        return cls(\n");
    for attribute in attributes {
        read(file, "message", attribute);
    }
    file.push_str("        )\n");
}

/// The class of a message, after those of the objects in it.
pub fn message(file: &mut String, side: Side, message: &Message) {
    for inner in message.data.inner() {
        class(file, &inner.class, &inner.description);
        file.push('\n');
        body(file, side, inner, "");
    }
    let mut description = message.data.description.clone();
    match side {
        Side::Event => {
            let _ = write!(description, " Answered by {}.", either(&message.answers));
        }
        Side::Outcome => {}
    }
    class(file, &message.data.class, &description);
    let _ = writeln!(file, "\n    TYPE: ClassVar[str] = \"{}\"\n", message.name);
    body(file, side, &message.data, "envelope");
}

fn class(file: &mut String, name: &str, description: &str) {
    let _ = writeln!(
        file,
        "\n\n@dataclass(frozen=True, slots=True, kw_only=True)\nclass {name}:"
    );
    docstring(file, description);
}

fn docstring(file: &mut String, text: &str) {
    let lines = wrapped(&text.replace('\\', "\\\\"), WIDTH - 6);
    let _ = match &lines[..] {
        [only] => writeln!(file, "    \"\"\"{only}\"\"\""),
        lines => writeln!(file, "    \"\"\"{}\n    \"\"\"", lines.join("\n    ")),
    };
}

fn body(file: &mut String, side: Side, object: &Object, envelope: &str) {
    for one in &object.members {
        member(file, side, one);
    }
    match side {
        Side::Event => {
            let secrets = object.members.iter().filter(|member| member.is_secret);
            let secrets: Vec<_> = secrets.collect();
            if !secrets.is_empty() {
                file.push_str("\n    def __post_init__(self) -> None:\n");
            }
            for secret in secrets {
                let _ = writeln!(file, "        _conceal(self, \"{}\")", secret.name);
            }
        }
        Side::Outcome => from_data(file, object, envelope),
    }
}

fn from_data(file: &mut String, object: &Object, envelope: &str) {
    let class = &object.class;
    let further = if envelope.is_empty() {
        ""
    } else {
        file.push_str("    envelope: Envelope\n");
        docstring(file, "The attributes around it.");
        ", envelope: Envelope"
    };
    let _ = write!(
        file,
        "\n    @classmethod\n    def from_data(cls, data: Mapping[str, Any]{further}) -> {class}:\n        \
         \"\"\"Reads `data`, or raises ValueError, which names the member that is wrong.\"\"\"\n        \
         return cls(\n"
    );
    for member in &object.members {
        read(file, "data", member);
    }
    if !envelope.is_empty() {
        file.push_str("            envelope=envelope,\n");
    }
    file.push_str("        )\n");
}

fn member(file: &mut String, side: Side, member: &Member) {
    let mut kind = match &member.kind {
        Kind::Text => "str".to_owned(),
        Kind::Time => "datetime".to_owned(),
        Kind::Integer => "int".to_owned(),
        Kind::Flag => "bool".to_owned(),
        Kind::Choice(choice) if side == Side::Outcome && choice.keeps_unknown => {
            format!("{} | str", choice.list)
        }
        Kind::Choice(choice) => choice.list.clone(),
        Kind::Object(object) => object.class.clone(),
    };
    if member.is_array {
        kind = match side {
            Side::Event => format!("Sequence[{kind}]"),
            Side::Outcome => format!("tuple[{kind}, ...]"),
        };
    }
    if member.is_secret {
        kind = match side {
            Side::Event => format!("Secret[{kind}] | {kind}"),
            Side::Outcome => format!("Secret[{kind}]"),
        };
    }
    let absent = if member.is_required {
        ""
    } else {
        " | None = None"
    };
    let _ = writeln!(file, "    {}: {kind}{absent}", member.name);
    docstring(file, &member.description);
}

fn read(file: &mut String, from: &str, member: &Member) {
    let mut reader = match &member.kind {
        Kind::Choice(choice) if !choice.keeps_unknown => {
            format!("_{}", choice.list.to_lowercase())
        }
        Kind::Text | Kind::Choice(_) => "_text".to_owned(),
        Kind::Time => "_time".to_owned(),
        Kind::Integer => "_integer".to_owned(),
        Kind::Flag => "_flag".to_owned(),
        Kind::Object(object) => format!("_inner({}.from_data)", object.class),
    };
    if member.is_array {
        reader = format!("_each({reader})");
    }
    if member.is_secret {
        reader = format!("_secret({reader})");
    }
    let presence = if member.is_required {
        "_required"
    } else {
        "_optional"
    };
    let name = &member.name;
    let call = format!("{name}={presence}({from}, \"{name}\", {reader}),");
    if call.len() + 12 <= 100 {
        let _ = writeln!(file, "            {call}");
    } else {
        let _ = write!(
            file,
            "            {name}={presence}(\n                {from},\n                \"{name}\",\n                \
             {reader},\n            ),\n"
        );
    }
}
