//! Where a person is, which is the `ip` of a login.
//!
//! A CRM takes the address of the connection, or of the header that its own proxy sets, and from
//! nowhere else. In the demo everybody comes from this machine, whose addresses no browser is
//! remembered at; so whoever comes from a private address has the place that was chosen beside the page.

use std::net::{IpAddr, Ipv4Addr};

/// A place to log in from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The usual one.
    #[default]
    Campus,
    /// Another network.
    Hotel,
}

impl Place {
    /// The place of that name in a form.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "campus" => Some(Self::Campus),
            "hotel" => Some(Self::Hotel),
            _ => None,
        }
    }

    /// An address of that place, of those that are kept for documentation (RFC 5737).
    const fn address(self) -> IpAddr {
        IpAddr::V4(match self {
            Self::Campus => Ipv4Addr::new(203, 0, 113, 7),
            Self::Hotel => Ipv4Addr::new(198, 51, 100, 23),
        })
    }
}

/// The person's own address: that of the connection, unless it is this machine's own network.
pub fn address_of_person(peer: IpAddr, place: Place) -> IpAddr {
    let is_ours = match peer.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if is_ours { place.address() } else { peer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_in_for_addresses_of_this_machine_alone() {
        for ours in [
            "127.0.0.1",
            "::1",
            "172.18.0.1",
            "::ffff:127.0.0.1",
            "fd00::1",
        ] {
            let ours = ours.parse().expect("an address");
            let address = address_of_person(ours, Place::Hotel);
            assert_eq!(address.to_string(), "198.51.100.23");
        }
        let theirs = "192.0.2.9".parse().expect("an address");
        assert_eq!(address_of_person(theirs, Place::Hotel), theirs);
    }
}
