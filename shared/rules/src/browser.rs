//! Remembered browsers: a random token, bound to user and address, good for 30 days from issue.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use jiff::Timestamp;
use rand::CryptoRng;
use twofactor_contract::login::TokenVerdict;
use twofactor_contract::{ClientIp, Secret, UserKey};
use zeroize::Zeroizing;

use crate::keys::{Hash, Hashed};
use crate::user::Browser;
use crate::{Change, Keys, Limits, Moment, User};

/// The address that a browser is bound to: IPv4 exact, IPv6 by /64. None where an address says
/// nothing of a place: loopback, multicast, unspecified.
pub fn net_of(ip: ClientIp) -> Option<IpNet> {
    let address = ip.address();
    if address.is_loopback() || address.is_multicast() || address.is_unspecified() {
        return None;
    }
    let net = match address {
        IpAddr::V4(v4) => IpNet::V4(Ipv4Net::new_assert(v4, 32)),
        IpAddr::V6(v6) => IpNet::V6(Ipv6Net::new_assert(v6, 64).trunc()),
    };
    Some(net)
}

/// The keyed hash under which a token rests, bound to its user.
pub fn token_hash(token: &str, keys: &Keys, user: &UserKey) -> Hash {
    keys.hash(
        Hashed::RememberToken,
        &[user.tenant.as_str(), user.user.as_str(), token],
    )
}

/// Whether a token holds at an address; if not, what the browser should do with it.
pub fn judge(user: &User, token: Hash, ip: ClientIp, now: Timestamp) -> Result<(), TokenVerdict> {
    let browser = user.browsers.get(&token).ok_or(TokenVerdict::Unknown)?;
    if browser.until <= now {
        return Err(TokenVerdict::Expired);
    }
    (net_of(ip) == Some(browser.net))
        .then_some(())
        .ok_or(TokenVerdict::OtherIp)
}

/// Remembers a browser: its token, until when, and the changes; the oldest goes where there are
/// too many. `None` where the address cannot be remembered.
pub fn remember(
    user: &User,
    key: &UserKey,
    ip: ClientIp,
    moment: &mut Moment<'_>,
) -> Option<(Secret<String>, Timestamp, Vec<Change>)> {
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
        token: token_hash(token.expose(), moment.keys, key),
        browser: Browser {
            net,
            since: moment.now,
            until,
        },
    });
    Some((token, until, changes))
}

/// 256 random bits, as a cookie can hold them.
fn new_token(rng: &mut dyn CryptoRng) -> Secret<String> {
    let mut bits = Zeroizing::new([0; 32]);
    rng.fill_bytes(bits.as_mut());
    Secret::new(data_encoding::BASE64URL_NOPAD.encode(bits.as_ref()))
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
    fn an_address_of_no_place_is_never_remembered() {
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
        ] {
            assert_eq!(net(ip), None, "{ip}");
        }
    }
}
