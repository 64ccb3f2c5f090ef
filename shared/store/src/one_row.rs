//! The form of a set-based statement for one row: most batches are one event.
//!
//! Postgres reads each array of `unnest` into a store of its own and joins these; that is cheap for a
//! hundred rows, and for one row it costs as much as finding and writing it. A row of values costs
//! nothing. The parameters stay arrays, so that both forms take the same.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::sql::Sql;

/// Forms that were made, by the names of their statements.
type Made = HashMap<&'static str, Option<&'static Sql>>;

/// Returns the form of a statement for arrays of one element or none, which count as null; `None` if
/// it reads an array elsewhere. Each is made once and kept for the life of the process.
pub(crate) fn of(sql: &'static Sql) -> Option<&'static Sql> {
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    *made.entry(sql.name).or_insert_with(|| {
        let text = text(sql.text)?;
        let name = format!("{}_of_one", sql.name).leak();
        Some(Box::leak(Box::new(Sql {
            name,
            text: text.leak(),
        })))
    })
}

fn text(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("unnest(")?;
    let (arrays, after) = rest.split_once(')')?;
    if before.contains('$') || after.contains('$') {
        return None;
    }
    let first = |array: &str| format!("({})[1]", array.trim());
    let cells: Vec<String> = arrays.split(',').map(first).collect();
    let alias = if after.trim_start().starts_with("as ") {
        ""
    } else {
        " as one"
    };
    let cells = cells.join(", ");
    Some(format!("{before}(values ({cells})){alias}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    #[test]
    fn arrays_become_one_row_of_values() {
        let many = "select a from unnest(\n    $1::text[], $2::int[]\n) as w (a, b) where b = 1";
        let one =
            "select a from (values (($1::text[])[1], ($2::int[])[1])) as w (a, b) where b = 1";
        assert_eq!(text(many).as_deref(), Some(one));
        let many = "insert into t select * from unnest($1::text[])\non conflict do nothing";
        let one = "insert into t select * from (values (($1::text[])[1])) as one\n\
            on conflict do nothing";
        assert_eq!(text(many).as_deref(), Some(one));
    }

    #[test]
    fn a_statement_with_another_parameter_has_no_such_form() {
        assert_eq!(text("select * from unnest($1::text[]) where a < $2"), None);
        assert_eq!(text("select 1"), None);
        assert!(of(&sql::SETTLE_ANSWERS).is_none());
    }

    #[test]
    fn what_a_login_needs_has_one() {
        for sql in [
            &sql::LOCK,
            &sql::LOAD,
            &sql::UPDATE_LOGINS,
            &sql::INSERT_SESSIONS,
            &sql::UPSERT_SESSIONS,
            &sql::INSERT_ANSWERS,
            &sql::INSERT_LOGIN_LOG,
        ] {
            let one = of(sql).expect("a form for one row");
            assert!(!one.text.contains("unnest"), "{}", one.text);
            assert!(std::ptr::eq(one, of(sql).expect("the same")));
        }
    }
}
