//! Methods that people had elsewhere: whether they may be taken over, and what is set up then.
//!
//! An import never writes over what somebody set up here, and brings nothing back that a reset
//! took. The same person with the same methods is imported once. It knows no line of a file, no
//! sentence and no database: what is known of a person comes in, as it was found without a lock
//! ([`Known`]) and again under one ([`User`]).

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

/// Somebody with the methods to be taken over, one at least.
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
    /// When it was set up elsewhere.
    pub set_up_at: Timestamp,
}

/// A mobile number.
pub struct Phone {
    /// The number.
    pub mobile: Mobile,
    /// Its keyed hash, by which its owner is found.
    pub lookup: Hash,
    /// When it was set up elsewhere.
    pub set_up_at: Timestamp,
}

/// What was found of a person before the import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the institution has a policy.
    pub has_policy: bool,
    /// Whether the very same import is in the trail.
    pub is_done: bool,
    /// Methods that are set up, of totp and sms.
    pub methods: Vec<Method>,
    /// When the user was last reset.
    pub reset_since: Option<Timestamp>,
    /// Which other user of the institution the number serves.
    pub number_owner: Option<String>,
}

/// What an import comes to that nothing stands against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is to be done.
    New,
    /// It was done before.
    Done,
}

/// Why somebody is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The institution has no policy yet.
    NoPolicy,
    /// The user has that method already.
    AlreadySetUp(Method),
    /// The user was reset at or after the moment when a method was set up elsewhere.
    ResetSince(Timestamp),
    /// The number serves that other user of the institution.
    NumberTaken(String),
    /// A method is said to have been set up later than now.
    SetUpAhead,
}

impl Import {
    /// The id of this import in the trail: the same for the same person with the same methods, and
    /// telling nothing of them.
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
                secret.as_ref().map_or("", |text| text.as_str()),
                &since(self.totp.as_ref().map(|app| app.set_up_at)),
                number.map_or("", String::as_str),
                &since(self.sms.as_ref().map(|phone| phone.set_up_at)),
            ],
        );
        let (first, _) = hash.split_first_chunk().expect("a hash has 32 bytes");
        Builder::from_custom_bytes(*first).into_uuid()
    }

    /// Whether it may be done, by what is known without a lock. `now` is the database's clock.
    pub fn check(&self, known: &Known, now: Timestamp) -> Result<Due, Obstacle> {
        if known.is_done {
            return Ok(Due::Done);
        }
        if !known.has_policy {
            return Err(Obstacle::NoPolicy);
        }
        self.against(&known.methods, known.reset_since)?;
        if let Some(owner) = &known.number_owner {
            return Err(Obstacle::NumberTaken(owner.clone()));
        }
        if self.set_ups().any(|at| at > now) {
            return Err(Obstacle::SetUpAhead);
        }
        Ok(Due::New)
    }

    /// What sets the methods up, by what is known under the user's lock. Whether the number serves
    /// somebody else by now is the database's to say, which keeps it for one user.
    pub fn decide(
        &self,
        user: &User,
        keys: &Keys,
        rng: &mut dyn CryptoRng,
    ) -> Result<Changed, Obstacle> {
        self.against(&user.methods(), user.reset_since)?;
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

    /// Its row of the trail, where `actor` runs it. It names a method where there is one alone.
    pub fn row(&self, id: Uuid, actor: &str) -> TrailRow {
        let method = match (&self.totp, &self.sms) {
            (Some(_), None) => Some(Method::Totp),
            (None, Some(_)) => Some(Method::Sms),
            (Some(_), Some(_)) | (None, None) => None,
        };
        TrailRow {
            log: Service::Enrollment,
            event_id: Some(id.to_string()),
            source: Some("/twofactor/ctl".to_owned()),
            event_type: Some("import".to_owned()),
            occurred_at: None,
            outcome_id: id,
            outcome_type: "import".to_owned(),
            tenant_id: Some(self.user.tenant.to_string()),
            user_id: Some(self.user.user.to_string()),
            actor_id: Some(actor.to_owned()),
            session_id: None,
            reason: None,
            notes: Notes {
                method,
                ..Notes::default()
            },
        }
    }

    /// What was set up or reset here goes before what was elsewhere.
    fn against(&self, methods: &[Method], reset_since: Option<Timestamp>) -> Result<(), Obstacle> {
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

    /// When each method was set up elsewhere.
    fn set_ups(&self) -> impl Iterator<Item = Timestamp> {
        let totp = self.totp.as_ref().map(|app| app.set_up_at);
        let sms = self.sms.as_ref().map(|phone| phone.set_up_at);
        totp.into_iter().chain(sms)
    }
}
