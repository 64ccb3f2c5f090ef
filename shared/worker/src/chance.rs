//! The random source of a worker: a thread's generator, seeded by the operating system.

use rand::rngs::ThreadRng;

/// Returns a cryptographic random source.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that gives randomness to decisions"
)]
pub fn rng() -> ThreadRng {
    rand::rng()
}
