//! The lists of values that the schemas have, each once, and their names.
//!
//! Lists of members with the same name are one where one holds the other: an event that takes two
//! methods of three and an outcome that names any have the same `Method`.

use serde_json::Value;

use super::words::{pascal, singular};

/// What a value that is not known is read as, by the member: the contract says it of `next` alone.
const READ_AS: [(&str, &str); 1] = [("next", "try_again")];

/// A list of values.
pub struct List {
    /// The name of its type: `Method`.
    pub name: String,
    /// The member that has it, in the singular.
    pub member: String,
    /// Each value with what it means.
    pub values: Vec<(String, String)>,
    /// Whether outcomes have it, so that a client meets values that it does not know.
    pub is_in_outcomes: bool,
    /// What an unknown value is read as, where it is not kept as it is.
    pub fallback: Option<&'static str>,
    /// The types that have it.
    owners: Vec<String>,
}

/// The lists of all messages, each given as its class, whether it is an event, and its `data`.
pub fn of<'a>(roots: impl Iterator<Item = (String, bool, &'a Value)>) -> Vec<List> {
    let mut found = Vec::new();
    for (class, is_event, data) in roots {
        collect(&class, is_event, data, &mut found);
    }
    let names: Vec<String> = found.iter().map(|list| name(list, &found)).collect();
    for (list, name) in found.iter_mut().zip(names) {
        list.name = name;
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The values of a list, with what each means.
pub fn values(schema: &Value) -> Option<Vec<(String, String)>> {
    let mut lists = ["enum", "x-extensible-enum"].into_iter();
    let list = lists.find_map(|name| schema[name].as_array())?;
    let described = |value: &Value| {
        let name = value.as_str()?.to_owned();
        let meaning = schema["x-enum-descriptions"][&name].as_str();
        Some((name, meaning.unwrap_or_default().to_owned()))
    };
    Some(list.iter().filter_map(described).collect())
}

/// The members that a schema knows, by their names.
pub fn members_of(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// The list that a member has these values of.
pub fn with<'a>(lists: &'a [List], member: &str, values: &[(String, String)]) -> &'a List {
    let mut lists = lists.iter();
    let list = lists.find(|list| list.member == singular(member) && holds(&list.values, values));
    list.expect("every list of the schemas was collected")
}

fn collect(class: &str, is_event: bool, schema: &Value, found: &mut Vec<List>) {
    for (name, member) in members_of(schema) {
        let one = singular(name);
        let value = member.get("items").unwrap_or(member);
        if let Some(values) = values(value) {
            add(one, class, is_event, values, found);
        }
        let inner = class.to_owned() + &pascal(one);
        collect(&inner, is_event, value, found);
    }
}

fn add(
    member: &str,
    class: &str,
    is_event: bool,
    values: Vec<(String, String)>,
    found: &mut Vec<List>,
) {
    let same = found.iter_mut().find(|list| {
        list.member == member && (holds(&list.values, &values) || holds(&values, &list.values))
    });
    let Some(list) = same else {
        let fallback = READ_AS.iter().find(|(name, _)| *name == member);
        found.push(List {
            name: String::new(),
            member: member.to_owned(),
            values,
            is_in_outcomes: !is_event,
            fallback: fallback.map(|(_, value)| *value),
            owners: vec![class.to_owned()],
        });
        return;
    };
    if values.len() > list.values.len() {
        list.values = values;
    }
    list.is_in_outcomes |= !is_event;
    list.owners.push(class.to_owned());
}

fn holds(all: &[(String, String)], some: &[(String, String)]) -> bool {
    some.iter()
        .all(|(value, _)| all.iter().any(|(known, _)| known == value))
}

/// The member's name; with the owner before it, where another list of that name has several owners.
fn name(list: &List, all: &[List]) -> String {
    let plain = pascal(&list.member);
    let is_shared = list.owners.len() > 1;
    let mut others = all
        .iter()
        .filter(|other| other.member == list.member && other.values != list.values);
    if is_shared {
        let is_sole = others.all(|other| other.owners.len() == 1);
        assert!(
            is_sole,
            "two lists of {} are shared by several types, and both cannot be {plain}; \
             name one of the members otherwise",
            list.member
        );
        return plain;
    }
    match others.next() {
        Some(_) => list.owners[0].clone() + &plain,
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas;

    fn all() -> Vec<List> {
        let schemas = schemas();
        let data = |(name, schema): (&&'static str, &Value)| {
            let class = super::super::words::class_of(name);
            (class, false, schema["properties"]["data"].clone())
        };
        let data: Vec<_> = schemas.iter().map(data).collect();
        of(data
            .iter()
            .map(|(class, is, data)| (class.clone(), *is, data)))
    }

    #[test]
    fn a_list_that_several_types_have_is_one_with_its_members_name() {
        let lists = all();
        let names: Vec<_> = lists.iter().map(|list| list.name.as_str()).collect();
        assert!(names.contains(&"Reason") && names.contains(&"EventRejectedReason"));
        assert_eq!(
            names.iter().filter(|name| name.ends_with("Method")).count(),
            1
        );
        let next = lists.iter().find(|list| list.name == "Next");
        assert_eq!(next.expect("a list").fallback, Some("try_again"));
    }

    #[test]
    fn every_value_says_what_it_means() {
        for list in all() {
            for (value, meaning) in &list.values {
                assert!(!meaning.is_empty(), "{} {value}", list.name);
            }
        }
    }
}
