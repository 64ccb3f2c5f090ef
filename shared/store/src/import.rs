//! What the database knows of people before they are imported.
//!
//! Asked without a lock, for a report; whoever then writes asks again in a turn. It knows no
//! secret: a number travels as its hash.

use jiff::Timestamp;
use twofactor_contract::{Method, UserKey};
use twofactor_rules::keys::Hash;

use crate::clock;
use crate::connection::Request;
use crate::error::{Corrupt, StoreError};
use crate::load::Cells;
use crate::sql::Sql;
use crate::store::Store;
use crate::write::Columns;

static CHECK_IMPORT: Sql = Sql {
    name: "check_import",
    text: include_str!("../sql/check_import.sql"),
};

/// Somebody who is to be imported.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Who.
    pub user: &'a UserKey,
    /// The hash of the mobile number, to find it again.
    pub lookup: Option<&'a Hash>,
    /// The `event_id` that this import has in the trail.
    pub event_id: &'a str,
}

/// What the database knows of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the institution has a policy.
    pub has_policy: bool,
    /// Whether the very same import is in the trail.
    pub is_done: bool,
    /// What is set up, of totp and sms.
    pub methods: Vec<Method>,
    /// When the user was last reset.
    pub reset_since: Option<Timestamp>,
    /// Which other user the number serves.
    pub owner: Option<String>,
}

impl Store {
    /// What the database knows of each of these, in their order.
    pub async fn check_import(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Known>, StoreError> {
        let mut place = -1_i64;
        let request = Columns::of(wanted)
            .with(|_| {
                place += 1;
                place
            })
            .with(|wanted| wanted.user.tenant.as_str())
            .with(|wanted| wanted.user.user.as_str())
            .with(|wanted| wanted.lookup.map(Hash::as_slice))
            .with(|wanted| wanted.event_id)
            .request(&CHECK_IMPORT);
        let Some(request) = request else {
            return Ok(Vec::new());
        };
        self.known(&request).await
    }

    async fn known(&self, request: &Request<'_>) -> Result<Vec<Known>, StoreError> {
        let rows = self.rows(request).await?;
        let read = |row| {
            let mut cells = Cells::of(row);
            let _place: i64 = cells.next()?;
            Ok(Known {
                has_policy: cells.next()?,
                is_done: cells.next()?,
                methods: methods(cells.next()?, cells.next()?),
                reset_since: cells.next::<Option<_>>()?.map(clock::loaded).transpose()?,
                owner: cells.next()?,
            })
        };
        let known: Result<_, Corrupt> = rows.iter().map(read).collect();
        known.map_err(|Corrupt| StoreError::corrupt(CHECK_IMPORT.name))
    }
}

fn methods(has_totp: bool, has_number: bool) -> Vec<Method> {
    let each = [(Method::Totp, has_totp), (Method::Sms, has_number)];
    let is = |(method, is): (Method, bool)| is.then_some(method);
    each.into_iter().filter_map(is).collect()
}
