//! How a setting is read, alike in the workers and in `twofactor-ctl`.
//!
//! It reads texts. It knows no environment, no file and no connection.

mod amqp_url;

pub use amqp_url::{AMQP_URL_MUST, amqp_urls};
