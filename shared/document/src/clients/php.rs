//! The types in PHP: a final readonly class each, with a constructor for named arguments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::lists::List;
use super::model::{Contract, Member, Message, Object};
use super::php_member::{doc, note, parameter, read};
use super::words::{constant, either};

/// What is the same whatever the schemas say, by the class.
const FIXED: [(&str, &str); 5] = [
    ("Event", include_str!("fixed/Event.php")),
    ("Members", include_str!("fixed/Members.php")),
    ("Outcome", include_str!("fixed/Outcome.php")),
    ("Secret", include_str!("fixed/Secret.php")),
    ("UnknownOutcome", include_str!("fixed/UnknownOutcome.php")),
];
const EVENTS: &str = include_str!("fixed/Events.php");
const OUTCOMES: &str = include_str!("fixed/Outcomes.php");
const HEAD: &str = "<?php\n\ndeclare(strict_types=1);\n\nnamespace TwoFactor\\Types;\n\n";

/// The files of the classes, by the name of the class.
pub fn types(contract: &Contract) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (name, text) in FIXED {
        files.insert(name.to_owned(), text.to_owned());
    }
    for list in &contract.lists {
        files.insert(list.name.clone(), constants(list));
    }
    files.insert("Envelope".to_owned(), envelope(&contract.envelope));
    for event in &contract.events {
        for inner in event.data.inner() {
            files.insert(inner.class.clone(), sent(inner, None));
        }
        files.insert(event.data.class.clone(), sent(&event.data, Some(event)));
    }
    for outcome in &contract.outcomes {
        for inner in outcome.data.inner() {
            files.insert(inner.class.clone(), received(inner, None));
        }
        let class = received(&outcome.data, Some(outcome));
        files.insert(outcome.data.class.clone(), class);
    }
    files.insert("Events".to_owned(), with_types(EVENTS, &contract.events));
    files.insert(
        "Outcomes".to_owned(),
        with_types(OUTCOMES, &contract.outcomes),
    );
    for text in files.values_mut() {
        *text = text.replacen("<?php\n", &format!("<?php\n\n// {}\n", super::GENERATED), 1);
    }
    files
}

/// A class that knows the class of each type.
fn with_types(class: &str, messages: &[Message]) -> String {
    let types = messages.iter().map(|message| {
        let class = &message.data.class;
        format!("        '{}' => {class}::class,\n", message.name)
    });
    let types: String = types.collect();
    class.replacen("TYPES = [];", &format!("TYPES = [\n{types}    ];"), 1)
}

fn constants(list: &List) -> String {
    let mut body = String::new();
    for (value, meaning) in &list.values {
        doc(&mut body, "    ", meaning, None);
        let _ = writeln!(body, "    public const {} = '{value}';", constant(value));
    }
    if let Some(fallback) = list.fallback {
        let known = list
            .values
            .iter()
            .map(|(value, _)| format!("self::{}", constant(value)));
        let known: Vec<_> = known.collect();
        let _ = write!(
            body,
            "\n    /** The value, or `{fallback}` for one that is not known. */\n    \
             public static function read(#[\\SensitiveParameter] mixed $value): string\n    {{\n        \
             $known = [\n            {},\n        ];\n        \
             return in_array(Members::text($value), $known, true) ? $value : self::{};\n    }}\n",
            known.join(",\n            "),
            constant(fallback)
        );
    }
    let description = format!("The known values of `{}`.", list.member);
    class("final class", &list.name, "", &description, &body)
}

fn envelope(attributes: &[Member]) -> String {
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

fn class(kind: &str, name: &str, implements: &str, description: &str, body: &str) -> String {
    let mut file = HEAD.to_owned();
    doc(&mut file, "", description, None);
    let _ = write!(file, "{kind} {name}{implements}\n{{\n{body}}}\n");
    file
}

fn sent(object: &Object, event: Option<&Message>) -> String {
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

fn received(object: &Object, outcome: Option<&Message>) -> String {
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
