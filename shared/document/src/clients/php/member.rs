//! A member in PHP: as a parameter with its type and documentation, and how it is read.

use std::fmt::Write as _;

use super::super::model::{Kind, Member};
use super::super::words::wrapped;

const WIDTH: usize = 88;

/// A parameter of a constructor, which is a property unless it is a secret that is sent.
pub fn parameter(body: &mut String, member: &Member, is_sent: bool) {
    let name = &member.name;
    let absent = if member.is_required { "" } else { " = null" };
    let may = if member.is_required { "" } else { "?" };
    if member.is_secret && is_sent {
        let kind = native(member);
        let null = if member.is_required { "" } else { "|null" };
        let _ = writeln!(
            body,
            "        #[\\SensitiveParameter] Secret|{kind}{null} ${name}{absent},"
        );
        return;
    }
    doc(
        body,
        "        ",
        &member.description,
        note(member, is_sent).as_deref(),
    );
    let kind = if member.is_secret {
        "Secret"
    } else {
        native(member)
    };
    let _ = writeln!(body, "        public {may}{kind} ${name}{absent},");
}

/// The type of a value as PHP itself has it.
fn native(member: &Member) -> &str {
    if member.is_array {
        return "array";
    }
    match &member.kind {
        Kind::Text | Kind::Choice(_) => "string",
        Kind::Time => "\\DateTimeImmutable",
        Kind::Integer => "int",
        Kind::Flag => "bool",
        Kind::Object(object) => &object.class,
    }
}

/// The type of a value as analysers read it, where it says more.
pub fn note(member: &Member, is_sent: bool) -> Option<String> {
    let mut kind = match &member.kind {
        Kind::Choice(choice) if is_sent || !choice.keeps_unknown => format!("{}::*", choice.list),
        Kind::Choice(choice) => format!("{}::*|string", choice.list),
        Kind::Object(object) => object.class.clone(),
        Kind::Text => "string".to_owned(),
        Kind::Time => "\\DateTimeImmutable".to_owned(),
        Kind::Integer => "int".to_owned(),
        Kind::Flag => "bool".to_owned(),
    };
    let says_more = member.is_array || member.is_secret || matches!(member.kind, Kind::Choice(_));
    if member.is_array {
        kind = format!("list<{kind}>");
    }
    if member.is_secret {
        kind = format!("Secret<{kind}>");
    }
    let null = if member.is_required { "" } else { "|null" };
    says_more.then(|| kind + null)
}

/// A comment of documentation.
pub fn doc(file: &mut String, indent: &str, text: &str, note: Option<&str>) {
    let lines = wrapped(&text.replace("*/", "* /"), WIDTH);
    if let ([only], None) = (&lines[..], note) {
        let _ = writeln!(file, "{indent}/** {only} */");
        return;
    }
    let _ = writeln!(file, "{indent}/**");
    for line in lines {
        let _ = writeln!(file, "{indent} * {line}");
    }
    if let Some(note) = note {
        let _ = writeln!(file, "{indent} *\n{indent} * @var {note}");
    }
    let _ = writeln!(file, "{indent} */");
}

/// The argument of a constructor that reads a member.
pub fn read(body: &mut String, from: &str, member: &Member) {
    let mut reader = match &member.kind {
        Kind::Choice(choice) if !choice.keeps_unknown => format!("{}::read(...)", choice.list),
        Kind::Text | Kind::Choice(_) => "Members::text(...)".to_owned(),
        Kind::Time => "Members::time(...)".to_owned(),
        Kind::Integer => "Members::integer(...)".to_owned(),
        Kind::Flag => "Members::flag(...)".to_owned(),
        Kind::Object(object) => format!("Members::inner({}::fromData(...))", object.class),
    };
    if member.is_array {
        reader = format!("Members::each({reader})");
    }
    if member.is_secret {
        reader = format!("Members::secret({reader})");
    }
    let presence = if member.is_required {
        "required"
    } else {
        "optional"
    };
    let name = &member.name;
    let call = format!("{name}: Members::{presence}({from}, '{name}', {reader}),");
    if call.len() + 12 <= 100 {
        let _ = writeln!(body, "            {call}");
    } else {
        let _ = write!(
            body,
            "            {name}: Members::{presence}(\n                {from},\n                \
             '{name}',\n                {reader},\n            ),\n"
        );
    }
}
