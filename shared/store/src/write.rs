//! The one round trip that ends a batch: every row that it changed, in sets, and the commit.
//!
//! Rows are written from the state after all changes, so a row that ten events touched is written
//! once. Deletions come before the rows that are written; those are one statement, since no two
//! sets have a row in common.

use twofactor_rules::policy::Policy;

use crate::clock::stored;
use crate::columns::Columns;
use crate::connection::{Connection, Request};
use crate::draft::Draft;
use crate::error::StoreError;
use crate::joined::join;
use crate::sql;
use crate::{write_answers, write_trail, write_users};

/// Writes and commits a draft.
pub(crate) async fn write(draft: &Draft, connection: &Connection) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    rows.extend(policies(draft));
    write_users::users(draft, &mut rows);
    write_answers::new(draft, &mut rows);
    write_trail::trail(draft, &mut rows);
    let mut requests = Vec::new();
    write_users::deletions(draft, &mut requests);
    requests.extend(write_answers::settled(draft));
    requests.extend(join(rows));
    connection.commit(&requests).await
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
