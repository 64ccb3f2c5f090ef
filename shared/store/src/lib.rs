//! Where state, answers and the trail live: the only SQL of the product.
//!
//! A batch is one [`Turn`]: [`Store::begin`] opens a transaction, locks and loads in one round
//! trip; the caller decides and records in the turn's [`Draft`]; [`Turn::commit`] writes it all
//! in one more. Only what is refused needs [`Turn::load_refusals`] between them. An error is a
//! [`StoreError`], which carries its [`Fate`]. This crate decides nothing and knows no AMQP, HTTP or
//! metric. It never shows the database's own message of an error, which may hold values.
//!
//! ```no_run
//! # async fn one(store: twofactor_store::Store, needs: twofactor_rules::Needs,
//! #     changed: twofactor_rules::Changed, kept: twofactor_store::NewAnswer,
//! #     row: twofactor_rules::trail::TrailRow) -> Result<(), twofactor_store::StoreError> {
//! let mut turn = store.begin(&needs).await?;
//! // Decide from turn.draft.{now, state, answers}; what was decided goes into the draft.
//! turn.draft.change(&changed);
//! turn.draft.answer(kept);
//! turn.draft.trail(row);
//! turn.commit().await
//! # }
//! ```

#![warn(clippy::wildcard_enum_match_arm)]

mod ahead;
mod cells;
mod clock;
mod columns;
mod connect;
mod connection;
mod db_session;
mod dirty;
mod distrust;
mod draft;
mod each_host;
mod error;
mod explain;
mod export;
mod fate;
mod import;
mod joined;
mod kept;
mod key_rows;
mod load;
mod load_row;
mod load_users;
mod locks;
mod migrate;
mod names;
mod one_row;
mod operating;
mod reseal;
mod retain;
mod schema;
mod seal;
mod sealing;
mod sql;
mod sqlstate;
mod store;
mod sweep;
mod turn;
mod write;
mod write_answers;
mod write_trail;
mod write_users;

pub use db_session::LockWait;
pub use distrust::Distrust;
pub use draft::{Draft, NewAnswer, NewRefusal};
pub use error::StoreError;
pub use explain::{
    Access, AnsweredEvent, Explained, KeptText, LoginOrReset, OutcomeMembers, PolicyThen,
    RecordedFacts, TextCallThen,
};
pub use fate::Fate;
pub use import::Wanted;
pub use key_rows::KeyRows;
pub use migrate::{MigrateError, fingerprint, migrate, newest_schema};
pub use reseal::{Resealed, Stuck};
pub use retain::{Old, drop_months};
pub use schema::SCHEMA;
pub use store::{Connections, Store};
pub use sweep::Swept;
pub use turn::Turn;
