//! Everything that a decision takes from the world besides the state: time, chance, keys, limits.

use jiff::Timestamp;
use rand::CryptoRng;

use crate::{Keys, Limits};

/// The moment of a decision. A decision reads no other clock and no other random source.
pub struct Moment<'a> {
    /// The database's clock, read after the user was locked.
    pub now: Timestamp,
    /// Where secrets come from.
    pub rng: &'a mut dyn CryptoRng,
    /// What seals and hashes.
    pub keys: &'a Keys,
    /// The institution-wide figures.
    pub limits: &'a Limits,
}
