//! Settings, read in the same way by every program.
//!
//! [`table`] declares each setting once: its name, what holds where it is not set, what it must be
//! and who reads it. [`Environment`] holds the values and notes every problem as a sentence; the
//! other files read one setting, or one group, each. A program composes what it needs from these
//! functions and adds no reading of its own. This crate reads the environment and the files that
//! settings name. It connects to nothing, and does not know what a setting is used for.

mod amqp_url;
mod database_address;
mod database_url;
mod environment;
mod figures;
mod keyring_file;
mod log;
mod metrics_addr;
mod plaintext;
mod setting;
pub mod table;
mod traces;
mod twilio;

pub use amqp_url::{amqp_url, amqp_urls};
pub use database_address::{AddressError, DatabaseAddress, Route};
pub use database_url::database_url;
pub use environment::Environment;
pub use figures::{audit_keep, countries, limits};
pub use keyring_file::keyring;
pub use log::log;
pub use metrics_addr::metrics_addr;
pub use plaintext::allows_plaintext;
pub use setting::{Form, Promise, Reader, Setting, Unset};
pub use traces::traces;
pub use twilio::{TwilioAccount, TwilioSender, TwilioSettings, twilio, twilio_account};
