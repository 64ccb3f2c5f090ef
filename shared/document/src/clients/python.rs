//! The types in Python: frozen dataclasses, which read themselves from what JSON gives.

use std::fmt::Write as _;

use super::lists::List;
use super::model::{Contract, Kind, Member, Message, Object};
use super::words::{either, wrapped};

const HEAD: &str = include_str!("fixed/head.py");
const TAIL: &str = include_str!("fixed/tail.py");
const WIDTH: usize = 96;

/// Whether a class is sent or received.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Event,
    Outcome,
}

/// `types.py`.
pub fn types(contract: &Contract) -> String {
    let mut file = format!("# {}\n{HEAD}", super::GENERATED);
    for list in &contract.lists {
        literal(&mut file, list);
    }
    envelope(&mut file, &contract.envelope);
    for event in &contract.events {
        message(&mut file, Side::Event, event);
    }
    for outcome in &contract.outcomes {
        message(&mut file, Side::Outcome, outcome);
    }
    tables(&mut file, contract);
    file + TAIL
}

fn literal(file: &mut String, list: &List) {
    let _ = writeln!(file, "\n{} = Literal[", list.name);
    for (value, meaning) in &list.values {
        for line in wrapped(meaning, WIDTH - 6) {
            let _ = writeln!(file, "    # {line}");
        }
        let _ = writeln!(file, "    \"{value}\",");
    }
    file.push_str("]\n");
    if let Some(fallback) = list.fallback {
        let name = &list.name;
        let _ = write!(
            file,
            "\n\ndef _{}(value: object) -> {name}:\n    \
             known: {name} = _known(value, get_args({name}), \"{fallback}\")\n    \
             return known\n\n",
            name.to_lowercase()
        );
    }
}

fn envelope(file: &mut String, attributes: &[Member]) {
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

fn message(file: &mut String, side: Side, message: &Message) {
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

fn tables(file: &mut String, contract: &Contract) {
    for (union, table, messages) in [
        ("Event", "EVENTS", &contract.events),
        ("Outcome", "OUTCOMES", &contract.outcomes),
    ] {
        let _ = writeln!(file, "\n\n{union} = Union[");
        for message in messages {
            let _ = writeln!(file, "    {},", message.data.class);
        }
        if union == "Outcome" {
            file.push_str("    UnknownOutcome,\n");
        }
        let _ = writeln!(file, "]\n\n{table}: Final[Mapping[str, type[Any]]] = {{");
        for message in messages {
            let _ = writeln!(file, "    \"{}\": {},", message.name, message.data.class);
        }
        file.push_str("}\n");
    }
    let mut public = vec![
        "EVENTS",
        "OUTCOMES",
        "Envelope",
        "Event",
        "Outcome",
        "Secret",
        "UnknownOutcome",
        "from_message",
        "to_data",
    ];
    public.extend(contract.lists.iter().map(|list| list.name.as_str()));
    for message in contract.events.iter().chain(&contract.outcomes) {
        public.push(&message.data.class);
        public.extend(
            message
                .data
                .inner()
                .iter()
                .map(|inner| inner.class.as_str()),
        );
    }
    public.sort_unstable();
    file.push_str("\n__all__ = [\n");
    for name in public {
        let _ = writeln!(file, "    \"{name}\",");
    }
    file.push_str("]\n");
}
