//! The source of nonces: the operating system, through a thread's generator.

use rand::rngs::ThreadRng;

/// Returns a cryptographic random source.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the random source"
)]
pub fn rng() -> ThreadRng {
    rand::rng()
}
