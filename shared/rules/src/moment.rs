//! The inputs of a decision besides the state: time, random source, keys and limits.

use jiff::Timestamp;
use rand::CryptoRng;

use crate::{Keys, Limits};

/// The inputs of a decision. A decision reads no other clock and no other random source.
pub struct Moment<'a> {
    /// Time by the database's clock, read after the user was locked.
    pub now: Timestamp,
    /// The random source of secrets.
    pub rng: &'a mut dyn CryptoRng,
    /// The keys that seal and hash.
    pub keys: &'a Keys,
    /// The limits.
    pub limits: &'a Limits,
}
