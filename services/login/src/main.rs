//! (doc)
fn main() {}
