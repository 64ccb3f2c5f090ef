//! The institution that a message names, without reading the rest of it.
//!
//! Whoever has many messages to choose from can ask for the institution of each before one is read.
//! The answer is no check: a message that names an institution may still be refused.

use std::borrow::Cow;

use serde::Deserialize;

use crate::TenantId;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    tenant_id: Cow<'a, str>,
}

/// Returns the institution in `data.tenant_id`; none if the message names none that could be one.
pub fn named_tenant(body: &[u8]) -> Option<TenantId> {
    let event: Event<'_> = serde_json::from_slice(body).ok()?;
    TenantId::parse(event.data.tenant_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institution_is_found_wherever_its_member_stands() {
        for body in [
            r#"{"data":{"tenant_id":"north"}}"#,
            r#"{"id":"1","data":{"code":{"x":[1,{}]},"tenant_id":"north","user_id":"u"},"z":null}"#,
            r#"{"data":{"tenant_id":"nor\u0074h"}}"#,
        ] {
            assert_eq!(named_tenant(body.as_bytes()), TenantId::parse("north"));
        }
    }

    #[test]
    fn what_names_none_has_none() {
        let nested = "[".repeat(50_000);
        for body in [
            "",
            "{}",
            "[]",
            "\u{0}",
            r#"{"data":null}"#,
            r#"{"data":{"tenant_id":7}}"#,
            r#"{"data":{"tenant_id":"no such id"}}"#,
            r#"{"data":{"tenant_id":"north"}"#,
            r#"{"data":{"tenant_id":"north","tenant_id":"south"}}"#,
            &format!(r#"{{"data":{{"x":{nested}"#),
        ] {
            assert_eq!(named_tenant(body.as_bytes()), None, "{body:.60}");
        }
    }
}
