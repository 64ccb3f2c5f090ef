//! Free TCP ports on loopback, below the range that the kernel hands out for outgoing connections.
//!
//! A port is probed by binding it, so one that another program holds is never chosen. It knows
//! nothing about the program that will listen there.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Result, bail};
use rand::RngExt as _;

const LOWEST: u16 = 10_000;
const HIGHEST: u16 = 32_000;
const TRIES: u32 = 1_000;

/// Hands out free ports, each once.
#[derive(Debug, Default)]
pub struct Ports {
    taken: BTreeSet<u16>,
}

impl Ports {
    /// Returns a port that nobody listens on now.
    pub fn choose(&mut self) -> Result<u16> {
        let mut rng = rand::rng();
        for _ in 0..TRIES {
            let port = rng.random_range(LOWEST..=HIGHEST);
            if !self.taken.contains(&port) && is_free(port) {
                self.taken.insert(port);
                return Ok(port);
            }
        }
        bail!("found no free TCP port between {LOWEST} and {HIGHEST}: stop what listens there")
    }

    /// Keeps the port where it is free, chooses another otherwise.
    pub fn keep_or_choose(&mut self, port: u16) -> Result<u16> {
        if port != 0 && is_free(port) && self.taken.insert(port) {
            return Ok(port);
        }
        self.choose()
    }
}

/// Is the port free on loopback?
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_distinct_and_below_the_ephemeral_range() {
        let mut ports = Ports::default();
        let mut seen = BTreeSet::new();
        for _ in 0..50 {
            let port = ports.choose().expect("a free port");
            assert!((LOWEST..=HIGHEST).contains(&port));
            assert!(seen.insert(port));
        }
    }

    #[test]
    fn a_port_in_use_is_not_kept() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let kept = Ports::default().keep_or_choose(port).expect("a free port");
        assert_ne!(kept, port);
    }
}
