//! The person's IP address, with embedded IPv4 addresses unwrapped.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use crate::leaf::string_leaf;

/// An IPv4 or IPv6 address; IPv4-mapped (RFC 4291) and NAT64 (RFC 6052) ones are their IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct ClientIp(IpAddr);

impl ClientIp {
    /// Reads an address; `None` if the value is not one. An address with a zone id (`%eth0`) is
    /// not.
    pub fn parse(value: impl AsRef<str>) -> Option<Self> {
        let address = match value.as_ref().parse::<IpAddr>().ok()? {
            IpAddr::V6(v6) => embedded_v4(v6).map_or(IpAddr::V6(v6), IpAddr::V4),
            v4 @ IpAddr::V4(_) => v4,
        };
        Some(Self(address))
    }

    /// The address itself.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

/// Returns the IPv4 address inside `::ffff:a.b.c.d` or `64:ff9b::a.b.c.d`.
fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    v6.to_ipv4_mapped().or_else(|| match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    })
}

impl fmt::Display for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

string_leaf!(ClientIp, "must be an IPv4 or IPv6 address without a zone", {
    "type": "string",
    "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }],
    "examples": ["192.0.2.7"],
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_ipv4_counts_as_ipv4() {
        for value in ["192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1"] {
            assert_eq!(
                ClientIp::parse(value).map(|ip| ip.to_string()).as_deref(),
                Some("192.0.2.1")
            );
        }
    }

    #[test]
    fn a_zone_a_port_a_net_and_leading_zeros_are_refused() {
        for value in [
            "fe80::1%eth0",
            "192.0.2.1:80",
            "192.0.2.0/24",
            "192.0.2.01",
            "",
            "::g",
        ] {
            assert_eq!(ClientIp::parse(value), None, "{value}");
        }
    }
}
