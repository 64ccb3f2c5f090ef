//! The one round trip that ends a batch: every row that it changed, in sets, and the commit.
//!
//! Rows are written whole, from the state after all changes, so a row that ten events touched is
//! written once. What goes is deleted before what stays is written.

use twofactor_contract::Service;
use twofactor_rules::policy::Policy;

use crate::clock::stored;
use crate::connection::{Connection, Param, Request};
use crate::draft::Draft;
use crate::error::StoreError;
use crate::sql::{self, Sql};
use crate::{write_answers, write_trail, write_users};

/// Writes and commits a draft.
pub(crate) async fn write(
    draft: &Draft,
    connection: &Connection,
    service: Service,
    provider: &str,
) -> Result<(), StoreError> {
    let mut requests = Vec::new();
    write_users::deletions(draft, &mut requests);
    requests.extend(policies(draft));
    write_users::users(draft, &mut requests);
    write_answers::answers(draft, &mut requests);
    write_trail::trail(draft, service, provider, &mut requests);
    connection.commit(&requests).await
}

/// The parameters of a statement, one array for each column of `rows`.
pub(crate) struct Columns<'r, 'a, R> {
    rows: &'r [R],
    params: Vec<Param<'a>>,
}

impl<'r, 'a, R> Columns<'r, 'a, R> {
    pub(crate) fn of(rows: &'r [R]) -> Self {
        Self {
            rows,
            params: Vec::new(),
        }
    }

    /// The next column.
    pub(crate) fn with<T>(mut self, cell: impl FnMut(&R) -> T) -> Self
    where
        T: tokio_postgres::types::ToSql + Sync + Send + 'a,
    {
        let column: Vec<T> = self.rows.iter().map(cell).collect();
        self.params.push(Box::new(column));
        self
    }

    /// The request, or none where there is no row.
    pub(crate) fn request(self, sql: &'static Sql) -> Option<Request<'a>> {
        (!self.rows.is_empty()).then(|| Request::new(sql, self.params))
    }
}

fn policies(draft: &Draft) -> Option<Request<'_>> {
    let tenants = draft.dirty.policies.iter();
    let rows: Vec<(&str, &Policy)> = tenants
        .filter_map(|tenant| Some((tenant.as_str(), draft.state.policies.get(tenant)?)))
        .collect();
    Columns::of(&rows)
        .with(|(tenant, _)| *tenant)
        .with(|(_, policy)| policy.required)
        .with(|(_, policy)| i16::from(policy.grace_days))
        .with(|(_, policy)| policy.required_since.map(stored))
        .with(|(_, policy)| policy.set_by.as_str())
        .with(|(_, policy)| stored(policy.set_at))
        .request(&sql::UPSERT_POLICIES)
}
