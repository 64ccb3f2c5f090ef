//! The row that an operator's command adds to the trail.

use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;

impl Store {
    /// Records one run of an operator's command: the operator, the command, and what it was about.
    pub async fn record_run(
        &self,
        actor: &str,
        command: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(actor), Box::new(command), Box::new(detail)];
        let request = Request::new(&sql::RECORD_RUN, params);
        self.execute(&request).await.map(drop)
    }
}
