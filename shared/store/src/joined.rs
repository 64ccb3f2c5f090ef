//! Statements that write different rows, joined to one: the cost of a statement is that of several
//! rows, and most batches are one event.
//!
//! All but the last become common table expressions, each with its parameters under later numbers.
//! They see nothing of each other, so no two may write the same row, and none may depend on
//! another. Each combination is made once and kept for the life of the process; there are as many as
//! there are kinds of batches.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::connection::Request;
use crate::sql::Sql;

/// Combinations that were made, by the names of their statements.
type Made = HashMap<Vec<&'static str>, &'static Sql>;

/// Joins requests to one, if there are any.
pub(crate) fn join(mut requests: Vec<Request<'_>>) -> Option<Request<'_>> {
    if requests.len() < 2 {
        return requests.pop().map(Request::for_its_rows);
    }
    // All for one row or none, so that there are not too many combinations.
    let of_one: Option<Vec<_>> = requests.iter().map(Request::sql_of_one).collect();
    let own = requests.iter().map(|request| request.sql);
    let sqls = of_one.unwrap_or_else(|| own.collect());
    let params = requests.iter().map(|request| request.params.len());
    let statements: Vec<_> = sqls.into_iter().zip(params).collect();
    let sql = statement(&statements);
    let params = requests.into_iter().flat_map(|request| request.params);
    Some(Request::new(sql, params.collect()))
}

/// Returns the statement that joins these, each with the count of its parameters.
fn statement(statements: &[(&'static Sql, usize)]) -> &'static Sql {
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    let names: Vec<_> = statements.iter().map(|(sql, _)| sql.name).collect();
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(names).or_insert_with_key(|names| {
        Box::leak(Box::new(Sql {
            name: names.join(", ").leak(),
            text: text(statements).leak(),
        }))
    })
}

fn text(statements: &[(&'static Sql, usize)]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for (at, (sql, params)) in statements.iter().enumerate() {
        let own = renumbered(sql.text, before);
        before += params;
        if at + 1 == statements.len() {
            write!(text, "\n{own}")
        } else {
            let begin = if at == 0 { "with" } else { "," };
            write!(text, "{begin} {} as (\n{own})", sql.name)
        }
        .expect("writing to a string does not fail");
    }
    text
}

/// Adds to the number of each parameter.
fn renumbered(text: &str, add: usize) -> String {
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = part.split_at(end.unwrap_or(part.len()));
        let number: usize = number.parse().expect("a parameter has a number");
        write!(renumbered, "${}{rest}", number + add).expect("writing to a string does not fail");
    }
    renumbered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Param;

    static FIRST: Sql = Sql {
        name: "first",
        text: "insert into a select $1, $2",
    };
    static SECOND: Sql = Sql {
        name: "second",
        text: "-- Changes b.\nupdate b set c = $1::text",
    };

    fn request(sql: &'static Sql, params: usize) -> Request<'static> {
        let param = |n| Box::new(i64::try_from(n).expect("small")) as Param<'static>;
        Request::new(sql, (0..params).map(param).collect())
    }

    #[test]
    fn parameters_are_numbered_through() {
        let joined = join(vec![
            request(&FIRST, 2),
            request(&SECOND, 1),
            request(&FIRST, 2),
        ]);
        let joined = joined.expect("a request");
        assert_eq!(joined.params.len(), 5);
        assert_eq!(joined.sql.name, "first, second, first");
        assert_eq!(
            joined.sql.text,
            "with first as (\ninsert into a select $1, $2), second as (\n-- Changes b.\n\
            update b set c = $3::text)\ninsert into a select $4, $5"
        );
    }

    #[test]
    fn one_row_each_is_one_row_of_values_each() {
        static THIRD: Sql = Sql {
            name: "third",
            text: "insert into c select * from unnest($1::text[])",
        };
        let of = |rows| request(&THIRD, 1).of_rows(rows);
        let text = |requests| join(requests).expect("a request").sql.text;
        let both = text(vec![of(1), of(1)]);
        assert_eq!(both.matches("values").count(), 2, "{both}");
        let one = text(vec![of(1), of(2)]);
        assert_eq!(one.matches("values").count(), 0, "{one}");
        assert!(text(vec![of(1)]).contains("values"));
    }

    #[test]
    fn one_statement_stays_as_it_is_and_a_combination_is_made_once() {
        assert!(join(Vec::new()).is_none());
        let one = join(vec![request(&FIRST, 2)]).expect("a request");
        assert_eq!(one.sql.text, FIRST.text);
        let both = || join(vec![request(&FIRST, 2), request(&SECOND, 1)]).expect("a request");
        assert!(std::ptr::eq(both().sql, both().sql));
    }
}
