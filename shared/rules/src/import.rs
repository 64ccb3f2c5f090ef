//! The import of methods that people had in another system: whether they may be imported, and what
//! is set up.
//!
//! An import never overwrites what somebody set up here, and never restores what a reset removed.
//! The same person with the same methods is imported once. This module knows no file, no sentence
//! and no database: the state of a person comes in twice, first as read without a lock ([`Known`])
//! and then as read under one ([`User`]).

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use rand::CryptoRng;
use twofactor_contract::{Method, Service, UserKey};
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

use crate::keys::{Hash, HashPurpose, Purpose};
use crate::number::Mobile;
use crate::trail::{Notes, TrailRow};
use crate::user::{Sms, Totp};
use crate::{Change, Changed, Keys, User};

/// A person with the methods to import, at least one.
pub struct Import {
    /// The person.
    pub user: UserKey,
    /// The authenticator app.
    pub totp: Option<App>,
    /// The mobile number.
    pub sms: Option<Phone>,
}

/// An authenticator app.
pub struct App {
    /// The shared secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// Time of the set-up in the other system.
    pub set_up_at: Timestamp,
}

/// A mobile number.
pub struct Phone {
    /// The number.
    pub mobile: Mobile,
    /// Its keyed hash, by which its owner is found.
    pub lookup: Hash,
    /// Time of the set-up in the other system.
    pub set_up_at: Timestamp,
}

/// The state of a person before the import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `true` if the institution has a policy.
    pub has_policy: bool,
    /// `true` if the same import is already in the trail.
    pub is_done: bool,
    /// Methods that are set up, of `totp` and `sms`.
    pub methods: Vec<Method>,
    /// Time of the user's last reset.
    pub reset_since: Option<Timestamp>,
    /// The other user of the institution who has the number, if any.
    pub number_owner: Option<String>,
}

/// What to do with an import that has no obstacle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is to be carried out.
    New,
    /// It was carried out before.
    Done,
}

/// The reason why a person is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The institution has no policy yet.
    NoPolicy,
    /// The user has that method already.
    AlreadySetUp(Method),
    /// The user was reset at or after the time of a set-up in the other system.
    ResetSince(Timestamp),
    /// This other user of the institution has the number.
    NumberTaken(String),
    /// The time of a set-up is in the future.
    SetUpAhead,
}

impl Import {
    /// Returns the id of this import in the trail: the same for the same person with the same
    /// methods. It reveals nothing about them.
    pub fn id(&self, keys: &Keys) -> Uuid {
        let secret = self.totp.as_ref();
        let secret = secret.map(|app| Zeroizing::new(BASE32_NOPAD.encode(&app.secret)));
        let number = self.sms.as_ref().map(|phone| phone.mobile.e164.expose());
        let since = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let hash = keys.hash(
            HashPurpose::EventContent,
            &[
                "import",
                self.user.tenant.as_str(),
                self.user.user.as_str(),
                secret.as_ref().map_or("", |base32| base32.as_str()),
                &since(self.totp.as_ref().map(|app| app.set_up_at)),
                number.map_or("", String::as_str),
                &since(self.sms.as_ref().map(|phone| phone.set_up_at)),
            ],
        );
        let (first, _) = hash.split_first_chunk().expect("a hash has 32 bytes");
        Builder::from_custom_bytes(*first).into_uuid()
    }

    /// Checks whether it may be carried out, by the state as read without a lock. `now` is by the
    /// database's clock.
    pub fn check(&self, known: &Known, now: Timestamp) -> Result<Due, Obstacle> {
        if known.is_done {
            return Ok(Due::Done);
        }
        if !known.has_policy {
            return Err(Obstacle::NoPolicy);
        }
        self.check_not_superseded(&known.methods, known.reset_since)?;
        if let Some(owner) = &known.number_owner {
            return Err(Obstacle::NumberTaken(owner.clone()));
        }
        if self.set_ups().any(|at| at > now) {
            return Err(Obstacle::SetUpAhead);
        }
        Ok(Due::New)
    }

    /// Decides the changes that set up the methods, by the state as read under the user's lock. The
    /// database itself ensures that no other user has the number by now.
    pub fn decide(
        &self,
        user: &User,
        keys: &Keys,
        rng: &mut dyn CryptoRng,
    ) -> Result<Changed, Obstacle> {
        self.check_not_superseded(&user.methods(), user.reset_since)?;
        let mut seal = |purpose, plain: &[u8]| keys.seal(purpose, &self.user, plain, rng);
        let totp = self.totp.as_ref().map(|app| Change::SetUpTotp {
            totp: Totp {
                secret: seal(Purpose::TotpSecret, &app.secret),
                set_up_at: app.set_up_at,
                spent_steps: BTreeSet::new(),
            },
        });
        let sms = self.sms.as_ref().map(|phone| Change::SetUpSms {
            sms: Sms {
                number: seal(Purpose::MobileNumber, phone.mobile.e164.expose().as_bytes()),
                lookup: phone.lookup,
                country: phone.mobile.country.clone(),
                set_up_at: phone.set_up_at,
            },
        });
        Ok(Changed {
            tenant: self.user.tenant.clone(),
            user: Some(self.user.user.clone()),
            changes: totp.into_iter().chain(sms).collect(),
        })
    }

    /// Returns its row of the trail; `actor` runs the import. The row names the method if there is
    /// only one.
    pub fn row(&self, id: Uuid, actor: &str) -> TrailRow {
        let method = match (&self.totp, &self.sms) {
            (Some(_), None) => Some(Method::Totp),
            (None, Some(_)) => Some(Method::Sms),
            (Some(_), Some(_)) | (None, None) => None,
        };
        TrailRow {
            log: Service::Enrollment,
            event_id: Some(id.to_string().into()),
            source: Some("/twofactor/ctl".into()),
            event_type: Some("import".into()),
            occurred_at: None,
            outcome_id: id,
            outcome_type: "import".into(),
            tenant_id: Some((&self.user.tenant).into()),
            user_id: Some((&self.user.user).into()),
            actor_id: Some(actor.into()),
            session_id: None,
            reason: None,
            notes: Box::new(Notes {
                method,
                ..Notes::default()
            }),
        }
    }

    /// Checks that nothing was set up or reset here that has precedence over the import.
    fn check_not_superseded(
        &self,
        methods: &[Method],
        reset_since: Option<Timestamp>,
    ) -> Result<(), Obstacle> {
        let totp = self.totp.as_ref().map(|_| Method::Totp);
        let sms = self.sms.as_ref().map(|_| Method::Sms);
        let mut both = totp.into_iter().chain(sms);
        if let Some(method) = both.find(|method| methods.contains(method)) {
            return Err(Obstacle::AlreadySetUp(method));
        }
        match reset_since {
            Some(since) if self.set_ups().any(|at| since >= at) => Err(Obstacle::ResetSince(since)),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the times of the set-ups in the other system.
    fn set_ups(&self) -> impl Iterator<Item = Timestamp> {
        let totp = self.totp.as_ref().map(|app| app.set_up_at);
        let sms = self.sms.as_ref().map(|phone| phone.set_up_at);
        totp.into_iter().chain(sms)
    }
}
