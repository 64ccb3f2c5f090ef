//! A class in PHP: of an event, which hides its secrets and writes itself, or of an outcome, which
//! reads itself.

use std::fmt::Write as _;

use super::super::model::{Member, Message, Object};
use super::super::words::either;
use super::member::{doc, note, parameter, read};

const HEAD: &str = "<?php\n\ndeclare(strict_types=1);\n\nnamespace TwoFactor\\Types;\n\n";

/// A file with one class.
pub fn class(kind: &str, name: &str, implements: &str, description: &str, body: &str) -> String {
    let mut file = HEAD.to_owned();
    doc(&mut file, "", description, None);
    let _ = write!(file, "{kind} {name}{implements}\n{{\n{body}}}\n");
    file
}

/// The class of the attributes of outcomes.
pub fn envelope(attributes: &[Member]) -> String {
    let mut body = String::new();
    constructor(&mut body, attributes, false, false);
    body.push_str(
        "\n    /** @throws \\UnexpectedValueException where an attribute is missing or wrong */\n    \
         public static function fromMessage(#[\\SensitiveParameter] array $message): self\n    {\n        \
         return new self(\n",
    );
    for attribute in attributes {
        read(&mut body, "$message", attribute);
    }
    body.push_str("        );\n    }\n");
    let description = "The CloudEvents attributes of an outcome.";
    class("final readonly class", "Envelope", "", description, &body)
}

/// The class of an event, or of an object in one.
pub fn sent(object: &Object, event: Option<&Message>) -> String {
    let mut body = String::new();
    let mut description = object.description.clone();
    if let Some(event) = event {
        let _ = write!(description, " Answered by {}.", either(&event.answers));
        let _ = writeln!(body, "    public const TYPE = '{}';\n", event.name);
    }
    for secret in object.members.iter().filter(|member| member.is_secret) {
        doc(
            &mut body,
            "    ",
            &secret.description,
            note(secret, true).as_deref(),
        );
        let may = if secret.is_required { "" } else { "?" };
        let _ = writeln!(body, "    public {may}Secret ${};\n", secret.name);
    }
    constructor(&mut body, &object.members, true, false);
    let _ = write!(
        body,
        "\n    /**\n     * Its members for the wire. Its secrets are revealed: never print it.\n     \
         *\n     * @return array<string, mixed>\n     */\n    \
         public function toData(): array\n    {{\n        return Members::written([\n"
    );
    for member in &object.members {
        let _ = writeln!(body, "            '{0}' => $this->{0},", member.name);
    }
    body.push_str("        ]);\n    }\n");
    let implements = if event.is_some() {
        " implements Event"
    } else {
        ""
    };
    class(
        "final readonly class",
        &object.class,
        implements,
        &description,
        &body,
    )
}

/// The class of an outcome, or of an object in one.
pub fn received(object: &Object, outcome: Option<&Message>) -> String {
    let mut body = String::new();
    if let Some(outcome) = outcome {
        let _ = writeln!(body, "    public const TYPE = '{}';\n", outcome.name);
    }
    constructor(&mut body, &object.members, false, outcome.is_some());
    let further = if outcome.is_some() {
        ", Envelope $envelope"
    } else {
        ""
    };
    let _ = write!(
        body,
        "\n    /** @throws \\UnexpectedValueException where a member is missing or wrong */\n    \
         public static function fromData(#[\\SensitiveParameter] array $data{further}): self\n    \
         {{\n        return new self(\n"
    );
    for member in &object.members {
        read(&mut body, "$data", member);
    }
    if outcome.is_some() {
        body.push_str("            envelope: $envelope,\n");
    }
    body.push_str("        );\n    }\n");
    let implements = if outcome.is_some() {
        " implements Outcome"
    } else {
        ""
    };
    class(
        "final readonly class",
        &object.class,
        implements,
        &object.description,
        &body,
    )
}

fn constructor(body: &mut String, members: &[Member], is_sent: bool, has_envelope: bool) {
    body.push_str("    public function __construct(\n");
    let (required, optional): (Vec<_>, Vec<_>) =
        members.iter().partition(|member| member.is_required);
    for member in required {
        parameter(body, member, is_sent);
    }
    if has_envelope {
        body.push_str(
            "        /** The attributes around it. */\n        public Envelope $envelope,\n",
        );
    }
    for member in optional {
        parameter(body, member, is_sent);
    }
    body.push_str("    ) {\n");
    for secret in members.iter().filter(|member| member.is_secret && is_sent) {
        let name = &secret.name;
        let of = format!("Secret::of(${name})");
        let value = if secret.is_required {
            of
        } else {
            format!("${name} === null ? null : {of}")
        };
        let _ = writeln!(body, "        $this->{name} = {value};");
    }
    body.push_str("    }\n");
}
