//! The parameters of a set-based statement: one array for each column of some rows.

use tokio_postgres::types::ToSql;

use crate::connection::{Param, Request};
use crate::sql::Sql;

/// Parameters of a statement, one array for each column of `rows`.
pub(crate) struct Columns<'r, 'a, R> {
    rows: &'r [R],
    params: Vec<Param<'a>>,
}

impl<'r, 'a, R> Columns<'r, 'a, R> {
    /// Begins with no column of these rows.
    pub(crate) fn of(rows: &'r [R]) -> Self {
        Self {
            rows,
            params: Vec::new(),
        }
    }

    /// Adds the next column.
    pub(crate) fn with<T>(mut self, cell: impl FnMut(&R) -> T) -> Self
    where
        T: ToSql + Sync + Send + 'a,
    {
        let column: Vec<T> = self.rows.iter().map(cell).collect();
        self.params.push(Box::new(column));
        self
    }

    /// Makes the request; none if there are no rows.
    pub(crate) fn request(self, sql: &'static Sql) -> Option<Request<'a>> {
        let rows = self.rows.len();
        (rows > 0).then(|| Request::new(sql, self.params).of_rows(rows))
    }
}
