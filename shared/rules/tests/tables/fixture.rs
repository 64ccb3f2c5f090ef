//! The initial states of cases: `given().totp().failures(5, 0)` is anna of north, where 2FA is
//! required, with an app and a wait of 30 seconds.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::{Method, SessionId};
use twofactor_rules::failures::Failures;
use twofactor_rules::keys::Purpose;
use twofactor_rules::number::Mobile;
use twofactor_rules::policy::Policy;
use twofactor_rules::state::{PendingTotp, Session, Sms, Totp};
use twofactor_rules::{User, backup_code};

use crate::support::{keys, seeded_rng};
use crate::world::{KnownId, World};

/// Anna's number.
pub const NUMBER: &str = "+447400123456";
/// Another number.
pub const OTHER_NUMBER: &str = "+447400654321";

const SECRET: &[u8] = b"12345678901234567890";

/// Returns the time at which every case begins: the first second of a TOTP step.
pub fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().expect("a moment")
}

/// North requires 2FA without grace; anna is unknown.
pub fn given() -> World {
    World::new(start(), seeded_rng(2)).policy(true, 0)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

impl World {
    /// North's policy, set now.
    pub fn policy(mut self, required: bool, grace_days: u8) -> Self {
        let policy = Policy {
            required,
            grace_days,
            required_since: required.then_some(self.now),
            set_by: "root".known_id(),
            set_at: self.now,
        };
        self.state.policies.insert("north".known_id(), policy);
        self
    }

    /// Nobody ever set a policy for north.
    pub fn no_policy(mut self) -> Self {
        self.state.policies.clear();
        self
    }

    /// Anna's state.
    pub fn user(&mut self) -> &mut User {
        self.state.users.entry(Self::anna()).or_default()
    }

    /// With a change to anna's state.
    pub fn but(mut self, change: impl FnOnce(&mut User, Timestamp)) -> Self {
        let now = self.now;
        change(self.user(), now);
        self
    }

    /// With an app, set up a day ago.
    pub fn totp(self) -> Self {
        self.totp_of(SECRET)
    }

    /// With an app that has this secret, set up a day ago.
    pub fn totp_of(mut self, own: &[u8]) -> Self {
        let secret = keys().seal(Purpose::TotpSecret, &Self::anna(), own, &mut self.rng);
        self.app = own.to_vec();
        self.but(|user, now| {
            user.ever_set_up = true;
            user.totp = Some(Totp {
                secret,
                set_up_at: now - seconds(86_400),
                spent_steps: BTreeSet::new(),
            });
        })
    }

    /// With [`NUMBER`], set up a day ago.
    pub fn sms(mut self) -> Self {
        let mobile = Mobile::parse(NUMBER, None, &self.limits).expect("a mobile number");
        let anna = Self::anna();
        let lookup = mobile.lookup(keys());
        let owner = (anna.tenant.clone(), lookup);
        self.state.number_owners.insert(owner, anna.user.clone());
        let number = keys().seal(
            Purpose::MobileNumber,
            &anna,
            NUMBER.as_bytes(),
            &mut self.rng,
        );
        self.but(|user, now| {
            user.ever_set_up = true;
            user.sms = Some(Sms {
                number,
                lookup,
                country: mobile.country,
                set_up_at: now - seconds(86_400),
            });
        })
    }

    /// With ten backup codes.
    pub fn backup_codes(mut self) -> Self {
        let (set, codes) = backup_code::issue(keys(), &mut self.rng);
        self.backup.clone_from(&codes.expose().backup_codes);
        self.but(|user, _| user.backup = Some(set))
    }

    /// With an app that waits for its first code.
    pub fn pending_totp(mut self) -> Self {
        let secret = keys().seal(Purpose::TotpSecret, &Self::anna(), SECRET, &mut self.rng);
        self.app = SECRET.to_vec();
        self.but(|user, now| {
            let expires_at = now + seconds(900);
            user.pending_totp = Some(PendingTotp { secret, expires_at });
        })
    }

    /// With this many wrong codes at login, the last one this many seconds ago.
    pub fn failures(self, count: u32, ago: i64) -> Self {
        self.but(|user, now| {
            let last_at = Some(now - seconds(ago));
            user.login_failures = Failures { count, last_at };
        })
    }

    /// With this many wrong codes at set-up, the last one this many seconds ago.
    pub fn confirm_failures(self, count: u32, ago: i64) -> Self {
        self.but(|user, now| {
            let last_at = Some(now - seconds(ago));
            user.confirm_failures = Failures { count, last_at };
        })
    }

    /// Session s1 was let in by a code this many seconds ago.
    pub fn let_in(self, ago: i64) -> Self {
        self.session("s1", |session, now| {
            session.accepted_at = Some(now - seconds(ago));
        })
    }

    /// With a change to a session.
    pub fn session(self, id: &str, change: impl FnOnce(&mut Session, Timestamp)) -> Self {
        let id: SessionId = id.known_id();
        self.but(|user, now| change(user.sessions.entry(id).or_default(), now))
    }

    /// Reset this many seconds ago, with nothing left.
    pub fn reset(self, ago: i64) -> Self {
        self.but(|user, now| user.reset_since = Some(now - seconds(ago)))
    }

    /// Exempted for this many more seconds.
    pub fn exempt(self, left: i64) -> Self {
        self.but(|user, now| user.exempt_until = Some(now + seconds(left)))
    }

    /// First logged in this many seconds ago.
    pub fn first_login(self, ago: i64) -> Self {
        self.but(|user, now| user.first_login_at = Some(now - seconds(ago)))
    }

    /// Ben of north has a number.
    pub fn ben_has(mut self, number: &str) -> Self {
        let mobile = Mobile::parse(number, None, &self.limits).expect("a mobile number");
        let owner = (Self::anna().tenant, mobile.lookup(keys()));
        self.state.number_owners.insert(owner, "ben".known_id());
        self
    }

    /// The methods that anna can use.
    pub fn methods(&mut self) -> Vec<Method> {
        self.user().methods()
    }
}
