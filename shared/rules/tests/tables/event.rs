//! The events of the CRM, in words: `login().app(0).old(121)` is a login with the code that the app
//! shows, two minutes and a second late.

use serde_json::{Value, json};
use twofactor_rules::admission::Attempt;
use twofactor_rules::text::ProviderAnswer;

/// A code that the person enters; most are known only once the world has run.
#[derive(Clone)]
pub enum Entered {
    /// The app's code, offset by this many steps of 30 s from the event's time.
    App(i64),
    /// A texted code: 0 is the newest, 1 the one before.
    Texted(usize),
    /// A backup code of the newest set.
    Backup(usize),
    /// This value.
    Typed(&'static str),
}

/// An event under test. By default anna of north sends it in session s1, just now.
#[derive(Clone)]
pub struct Event {
    pub name: &'static str,
    pub data: Value,
    pub code: Option<Entered>,
    pub sends_token: bool,
    pub after: i64,
    pub old: i64,
    pub id: Option<&'static str>,
    pub has_reply_to: bool,
    pub provider: Option<ProviderAnswer>,
    pub attempt: Attempt,
}

fn of(name: &'static str, data: Value) -> Event {
    let mut event = Event {
        name,
        data,
        code: None,
        sends_token: false,
        after: 0,
        old: 0,
        id: None,
        has_reply_to: true,
        provider: Some(ProviderAnswer::Accepted { provider_ref: None }),
        attempt: Attempt::default(),
    };
    event.data["tenant_id"] = "north".into();
    event
}

pub fn of_user(name: &'static str, mut data: Value) -> Event {
    data["user_id"] = "anna".into();
    of(name, data)
}

pub fn of_session(name: &'static str, mut data: Value) -> Event {
    data["session_id"] = "s1".into();
    of_user(name, data)
}

pub fn login() -> Event {
    of_session("login.attempted.v1", json!({"ip": "192.0.2.1"}))
}

pub fn text() -> Event {
    of_session("sms.requested.v1", json!({}))
}

pub fn start_totp() -> Event {
    of_session("enrollment.totp.started.v1", json!({"account": "anna"}))
}

pub fn confirm_totp(code: Entered) -> Event {
    of_session("enrollment.totp.confirmed.v1", json!({})).entering(code)
}

pub fn start_sms(number: &str) -> Event {
    let data = json!({"mobile_number": number});
    of_session("enrollment.sms.started.v1", data)
}

pub fn confirm_sms(code: Entered) -> Event {
    of_session("enrollment.sms.confirmed.v1", json!({})).entering(code)
}

pub fn new_backup_codes() -> Event {
    of_session("enrollment.backup_codes.requested.v1", json!({}))
}

pub fn give_up(method: &str) -> Event {
    of_session("enrollment.method.reset.v1", json!({"method": method}))
}

pub fn forget_browsers() -> Event {
    of_user("enrollment.browsers.forgotten.v1", json!({}))
}

pub fn exempt(until: &str) -> Event {
    let data = json!({"admin_id": "root", "reason": "no phone", "until": until});
    of_user("enrollment.exempted.v1", data)
}

pub fn set_policy(required: bool, grace_days: u8) -> Event {
    let data = json!({"admin_id": "root", "required": required, "grace_days": grace_days});
    of("enrollment.policy.set.v1", data)
}

pub fn see_policy() -> Event {
    of(
        "enrollment.policy.requested.v1",
        json!({"viewer_id": "root"}),
    )
}

pub fn profile() -> Event {
    of_user("profile.requested.v1", json!({"viewer_id": "root"}))
}

pub fn own_profile() -> Event {
    of_session("profile.requested.v1", json!({"viewer_id": "anna"}))
}

pub fn profiles(users: &[&str]) -> Event {
    let data = json!({"viewer_id": "root", "user_ids": users});
    of("profile.list.requested.v1", data)
}

pub fn reset() -> Event {
    let data = json!({"admin_id": "root", "reason": "lost phone"});
    of_user("reset.requested.v1", data)
}

pub fn erase() -> Event {
    let data = json!({"admin_id": "root", "reason": "left"});
    of_user("reset.user.erased.v1", data)
}

impl Event {
    fn entering(mut self, code: Entered) -> Self {
        self.code = Some(code);
        self
    }

    /// With the app's code, offset by this many steps from the event's time.
    pub fn app(self, steps: i64) -> Self {
        self.in_field("totp", Entered::App(steps))
    }

    /// With a texted code; 0 is the newest.
    pub fn texted(self, back: usize) -> Self {
        self.in_field("sms", Entered::Texted(back))
    }

    /// With a backup code.
    pub fn backup(self, index: usize) -> Self {
        self.in_field("backup", Entered::Backup(index))
    }

    /// With this value.
    pub fn typed(self, method: &str, value: &'static str) -> Self {
        self.in_field(method, Entered::Typed(value))
    }

    fn in_field(mut self, method: &str, code: Entered) -> Self {
        self.data["code"] = json!({"method": method});
        self.entering(code)
    }

    pub fn remember_me(self) -> Self {
        self.with("remember_me", true.into())
    }

    /// With the token that the browser got last.
    pub fn with_token(mut self) -> Self {
        self.sends_token = true;
        self
    }

    pub fn from(self, ip: &str) -> Self {
        self.with("ip", ip.into())
    }

    pub fn session(self, session: &str) -> Self {
        self.with("session_id", session.into())
    }

    pub fn user(self, user: &str) -> Self {
        self.with("user_id", user.into())
    }

    pub fn tenant(self, tenant: &str) -> Self {
        self.with("tenant_id", tenant.into())
    }

    /// With a member of `data`.
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.data[member] = value;
        self
    }

    /// This many seconds after the previous event.
    pub fn after(mut self, seconds: i64) -> Self {
        self.after = seconds;
        self
    }

    /// Its `time` is this many seconds ago; in the future if negative.
    pub fn old(mut self, seconds: i64) -> Self {
        self.old = seconds;
        self
    }

    /// With a chosen id, so that it can be delivered twice.
    pub fn id(mut self, id: &'static str) -> Self {
        self.id = Some(id);
        self
    }

    pub fn without_reply_to(mut self) -> Self {
        self.has_reply_to = false;
        self
    }

    /// The provider's answer to its text.
    pub fn provider(mut self, answer: ProviderAnswer) -> Self {
        self.provider = Some(answer);
        self
    }

    /// The worker dies while the provider is called.
    pub fn crashes(mut self) -> Self {
        self.provider = None;
        self
    }

    pub fn redelivered(mut self) -> Self {
        self.attempt.redelivered = true;
        self
    }

    pub fn in_flight(mut self) -> Self {
        self.attempt.in_flight = true;
        self
    }
}
