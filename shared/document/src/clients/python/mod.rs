//! The types in Python: frozen dataclasses, which read themselves from what JSON gives.

mod class;

use std::fmt::Write as _;

use super::lists::List;
use super::model::Contract;
use super::words::{GENERATED, wrapped};
use class::{Side, WIDTH, envelope, message};

const HEAD: &str = include_str!("head.py");
const TAIL: &str = include_str!("tail.py");

/// `types.py`.
pub fn types(contract: &Contract) -> String {
    let mut file = format!("# {GENERATED}\n{HEAD}");
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
