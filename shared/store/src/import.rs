//! What the database knows of people before they are imported.
//!
//! Read without a lock, for a report; whoever then writes looks again in a turn. It knows no
//! secret: a number travels as its hash.

use twofactor_contract::{Method, UserKey};
use twofactor_rules::import::Known;
use twofactor_rules::keys::Hash;

use crate::cells::Cells;
use crate::columns::Columns;
use crate::error::{Corrupt, StoreError};
use crate::sql;
use crate::store::Store;

/// Somebody who is to be imported.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The person.
    pub user: &'a UserKey,
    /// The keyed hash of the mobile number, by which its owner is found.
    pub lookup: Option<&'a Hash>,
    /// The `event_id` that this import has in the trail.
    pub event_id: &'a str,
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
            .request(&sql::CHECK_IMPORT);
        let Some(request) = request else {
            return Ok(Vec::new());
        };
        let rows = self.rows(&request).await?;
        let known: Result<_, Corrupt> = rows.iter().map(|row| known(&mut Cells::of(row))).collect();
        known.map_err(|Corrupt| StoreError::corrupt(sql::CHECK_IMPORT.name))
    }
}

fn known(cells: &mut Cells<'_>) -> Result<Known, Corrupt> {
    let _place: i64 = cells.next()?;
    Ok(Known {
        has_policy: cells.next()?,
        is_done: cells.next()?,
        methods: methods(cells.next()?, cells.next()?),
        reset_since: cells.moment_if_any()?,
        number_owner: cells.next()?,
    })
}

fn methods(has_totp: bool, has_number: bool) -> Vec<Method> {
    let each = [(Method::Totp, has_totp), (Method::Sms, has_number)];
    let is = |(method, is): (Method, bool)| is.then_some(method);
    each.into_iter().filter_map(is).collect()
}
