//! What the database knows of people before they are imported.
//!
//! It reads without a lock, for a report; the import itself reads again in a turn. It knows no
//! secret: a number is given as its hash.

use twofactor_contract::{Method, UserKey};
use twofactor_rules::import::Known;
use twofactor_rules::keys::Hash;

use crate::cells::Cells;
use crate::columns::Columns;
use crate::error::{Corrupt, StoreError};
use crate::sql;
use crate::store::Store;

/// Person to be imported.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Institution and user.
    pub user: &'a UserKey,
    /// Keyed hash of the mobile number, by which its owner is found.
    pub lookup: Option<&'a Hash>,
    /// `event_id` of this import in the trail.
    pub event_id: &'a str,
}

impl Store {
    /// Returns what the database knows of each person, in the same order.
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
