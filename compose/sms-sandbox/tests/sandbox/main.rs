//! The sandbox as its callers meet it.

mod encrypted;
mod wire;
