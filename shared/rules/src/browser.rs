//! Remembered browsers: a random token, bound to user and address, valid for 30 days from issue.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use jiff::Timestamp;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use twofactor_contract::login::{LoginAcceptedSecrets, TokenVerdict};
use twofactor_contract::{BrowserId, ClientIp, Secret, UserKey};
use zeroize::Zeroizing;

use crate::keys::{Hash, HashPurpose};
use crate::user::Browser;
use crate::{Change, Keys, Limits, Moment, User};

/// Returns the network that a browser is bound to: the exact IPv4 address, the /64 of an IPv6
/// address, or the exact IPv6 address where strangers may share a /64. `None` for an address that
/// does not identify a network: loopback, multicast, link-local, unspecified.
pub fn net_of(ip: ClientIp) -> Option<IpNet> {
    let address = ip.address();
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    if address.is_loopback() || address.is_multicast() || address.is_unspecified() || is_link_local
    {
        return None;
    }
    let net = match address {
        IpAddr::V4(v4) => IpNet::V4(Ipv4Net::new_assert(v4, 32)),
        IpAddr::V6(v6) => {
            let length = if is_one_subscriber(v6) { 64 } else { 128 };
            IpNet::V6(Ipv6Net::new_assert(v6, length).trunc())
        }
    };
    Some(net)
}

/// Returns whether a /64 belongs to one subscriber: global unicast, `2000::/3`, except Teredo's
/// `2001::/32` (RFC 4380), where it identifies the server. Elsewhere strangers may share it: behind
/// a local NAT64 (`64:ff9b:1::/48`, RFC 8215) one /64 stands for the whole IPv4 Internet.
fn is_one_subscriber(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    first & 0xe000 == 0x2000 && (first, second) != (0x2001, 0)
}

/// Returns the keyed hash under which a token is stored, bound to its user.
pub fn token_hash(token: &str, keys: &Keys, user: &UserKey) -> Hash {
    keys.hash(
        HashPurpose::RememberToken,
        &[user.tenant.as_str(), user.user.as_str(), token],
    )
}

/// Returns the id of a remembered browser. It reveals neither the token nor the token's hash.
pub fn id(token: &Hash) -> BrowserId {
    let digest = Sha256::new_with_prefix("browser-id").chain_update(token);
    let name = data_encoding::HEXLOWER.encode(&digest.finalize()[..16]);
    BrowserId::parse(name).expect("32 hexadecimal digits are an id")
}

/// Judges a token at an address. The error says what the browser should do with an invalid one.
pub fn judge(user: &User, token: Hash, ip: ClientIp, now: Timestamp) -> Result<(), TokenVerdict> {
    let browser = user.browsers.get(&token).ok_or(TokenVerdict::Unknown)?;
    if browser.until <= now {
        return Err(TokenVerdict::Expired);
    }
    (net_of(ip) == Some(browser.net))
        .then_some(())
        .ok_or(TokenVerdict::OtherIp)
}

/// Remembers a browser: returns its token, its expiry and the changes. If there are too many
/// browsers, the oldest is forgotten. `None` if the address cannot be remembered.
pub fn remember(
    user: &User,
    key: &UserKey,
    ip: ClientIp,
    moment: &mut Moment<'_>,
) -> Option<(Secret<LoginAcceptedSecrets>, Timestamp, Vec<Change>)> {
    let net = net_of(ip)?;
    let token = new_token(moment.rng);
    let until = moment.now + moment.limits.remember_for;
    let mut changes = Vec::new();
    let mut live: Vec<_> = user
        .browsers
        .iter()
        .filter(|(_, browser)| browser.until > moment.now)
        .collect();
    live.sort_by_key(|(_, browser)| browser.since);
    let too_many = (live.len() + 1).saturating_sub(Limits::BROWSERS);
    changes.extend(
        live.iter()
            .take(too_many)
            .map(|(token, _)| Change::ForgetBrowser { token: **token }),
    );
    changes.push(Change::RememberBrowser {
        token: token_hash(&token.expose().remember_token, moment.keys, key),
        browser: Browser {
            net,
            since: moment.now,
            until,
        },
    });
    Some((token, until, changes))
}

/// Makes a token of 256 random bits, in characters that a cookie can hold.
fn new_token(rng: &mut dyn CryptoRng) -> Secret<LoginAcceptedSecrets> {
    let mut bits = Zeroizing::new([0; 32]);
    rng.fill_bytes(bits.as_mut());
    let remember_token = data_encoding::BASE64URL_NOPAD.encode(bits.as_ref());
    Secret::new(LoginAcceptedSecrets { remember_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(ip: &str) -> Option<String> {
        net_of(ClientIp::parse(ip).expect("an address")).map(|net| net.to_string())
    }

    #[test]
    fn ipv4_is_exact_and_ipv6_goes_by_its_network() {
        assert_eq!(net("192.0.2.7").as_deref(), Some("192.0.2.7/32"));
        assert_eq!(net("::ffff:192.0.2.7").as_deref(), Some("192.0.2.7/32"));
        assert_eq!(
            net("2001:db8:1:2:3:4:5:6").as_deref(),
            Some("2001:db8:1:2::/64")
        );
    }

    #[test]
    fn ipv6_is_exact_where_strangers_may_share_a_network() {
        let table = [
            // A local NAT64, in which the IPv4 address is in the last bits or in the middle.
            ("64:ff9b:1::c000:207", "64:ff9b:1::c000:207/128"),
            ("64:ff9b:1::c633:6409", "64:ff9b:1::c633:6409/128"),
            ("64:ff9b::192.0.2.7", "192.0.2.7/32"),
            ("2001:0:53aa:64c:1::1", "2001:0:53aa:64c:1::1/128"),
            ("2001:1::1", "2001:1::/64"),
            ("2002:c000:207::1", "2002:c000:207::/64"),
            ("3fff:ffff::1", "3fff:ffff::/64"),
            ("1fff::1", "1fff::1/128"),
            ("4000::1", "4000::1/128"),
            ("fd12:3456::7", "fd12:3456::7/128"),
            ("fec0::1", "fec0::1/128"),
            ("::192.0.2.7", "::c000:207/128"),
            ("100::1", "100::1/128"),
        ];
        for (ip, expected) in table {
            assert_eq!(net(ip).as_deref(), Some(expected), "{ip}");
        }
    }

    #[test]
    fn an_address_of_no_place_is_never_remembered() {
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::e000:1",
            "169.254.1.2",
            "fe80::1",
            "febf::1",
            "ff02::1",
        ] {
            assert_eq!(net(ip), None, "{ip}");
        }
    }
}
