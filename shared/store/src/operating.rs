//! What an operator's command leaves in the trail.
//!
//! Its statement is prepared when it is first used and not with those of the workers, who have
//! no right to it.

use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

static RECORD_RUN: Sql = Sql {
    name: "record_run",
    text: include_str!("../sql/record_run.sql"),
};

impl Store {
    /// Puts one run of an operator's command on record: who, what, and what about.
    pub async fn record_run(
        &self,
        actor: &str,
        command: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(actor), Box::new(command), Box::new(detail)];
        let request = Request::new(&RECORD_RUN, params);
        self.execute(&request).await.map(drop)
    }
}
