//! A member in TypeScript: its type, how it is read, and where secrets are.

use super::super::model::{Kind, Member, Object};

/// The type of a member.
pub fn kind(member: &Member, is_outcome: bool) -> String {
    let mut kind = match &member.kind {
        Kind::Text | Kind::Time => "string".to_owned(),
        Kind::Integer => "number".to_owned(),
        Kind::Flag => "boolean".to_owned(),
        Kind::Choice(choice) if is_outcome && choice.keeps_unknown => {
            format!("{} | (string & {{}})", choice.list)
        }
        Kind::Choice(choice) => choice.list.clone(),
        Kind::Object(object) => object.class.clone(),
    };
    if member.is_array {
        kind = if kind.contains(' ') {
            format!("readonly ({kind})[]")
        } else {
            format!("readonly {kind}[]")
        };
    }
    match (member.is_secret, kind.as_str()) {
        (true, "string") => "Secret".to_owned(),
        (true, _) => format!("Secret<{kind}>"),
        (false, _) => kind,
    }
}

/// The readers of an object's members, as an object themselves.
pub fn readers(members: &[Member], indent: &str) -> String {
    let inner = format!("{indent}  ");
    let line = |member: &Member| format!("{inner}{}: {},\n", member.name, reader(member, &inner));
    let lines: String = members.iter().map(line).collect();
    format!("{{\n{lines}{indent}}}")
}

fn reader(member: &Member, indent: &str) -> String {
    let mut reader = match &member.kind {
        Kind::Choice(choice) if !choice.keeps_unknown => choice.list.to_lowercase(),
        Kind::Text | Kind::Time | Kind::Choice(_) => "text".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Flag => "flag".to_owned(),
        Kind::Object(object) => {
            format!(
                "object<{}>({})",
                object.class,
                readers(&object.members, indent)
            )
        }
    };
    let around = [
        ("each", member.is_array),
        ("secret", member.is_secret),
        ("required", member.is_required),
        ("optional", !member.is_required),
    ];
    for (around, _) in around.into_iter().filter(|(_, applies)| *applies) {
        reader = format!("{around}({reader})");
    }
    reader
}

/// The places of secrets in an object, each as an array of member names.
pub fn secrets(object: &Object) -> Vec<String> {
    fn places<'a>(object: &'a Object, before: &[&'a str], found: &mut Vec<String>) {
        for member in &object.members {
            let mut place = before.to_vec();
            place.push(&member.name);
            if member.is_secret {
                found.push(format!("[\"{}\"]", place.join("\", \"")));
            } else if let Kind::Object(inner) = &member.kind {
                places(inner, &place, found);
            }
        }
    }
    let mut found = Vec::new();
    places(object, &[], &mut found);
    found
}
