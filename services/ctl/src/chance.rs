//! Where nonces come from: the operating system, by way of a thread's generator.

use rand::rngs::ThreadRng;

/// A cryptographic random source.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that brings chance"
)]
pub fn rng() -> ThreadRng {
    rand::rng()
}
