//! Rebuilds the crate when a migration is added: the ones that are there are watched already.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
