//! Reading a single value of an event from JSON, with a sentence about what it must be, and with
//! the JSON Schema that says the same.
//!
//! serde's own messages quote the wrong value, so no leaf uses them.

/// Makes `$type` readable from a JSON string through `$type::parse(String) -> Option<Self>`;
/// anything else is answered by `$must`, a sentence that begins with "must". `$schema` is its JSON
/// Schema.
macro_rules! string_leaf {
    ($type:ty, $must:expr, $schema:tt) => {
        impl TryFrom<serde_json::Value> for $type {
            type Error = &'static str;

            fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
                match value {
                    serde_json::Value::String(string) => Self::parse(string).ok_or($must),
                    _ => Err($must),
                }
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(crate) use string_leaf;
