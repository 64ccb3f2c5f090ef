//! A step becomes the event that a CRM sends; codes and tokens are taken from the person's
//! knowledge.

use serde_json::{Value, json};

use crate::life::Life;
use crate::model::seconds;
use crate::step::{Action, Field, IPS, NUMBERS, Pick, Step, Token};
use crate::support::app_code;

pub const TENANTS: [&str; 2] = ["north", "south"];
pub const USERS: [&str; 4] = ["anna", "ben", "anna", "ben"];

impl Life {
    /// Returns the event type and its data.
    pub fn event(&mut self, step: &Step, action: &Action) -> (&'static str, Value) {
        let (name, mut data) = match self.by_person(step, action) {
            Some(event) => event,
            None => self.by_others(action),
        };
        data["tenant_id"] = TENANTS[step.who / 2].into();
        let of_tenant = ["enrollment.policy.", "profile.list."];
        if !of_tenant.iter().any(|stem| name.starts_with(stem)) {
            data["user_id"] = USERS[step.who].into();
        }
        (name, data)
    }

    /// Returns the event of a person in a session, if the step is one.
    fn by_person(&mut self, step: &Step, action: &Action) -> Option<(&'static str, Value)> {
        let (name, mut data) = match action {
            Action::Login {
                code,
                remember_me,
                token,
                ip,
            } => {
                let mut data = json!({"ip": IPS[*ip], "remember_me": remember_me});
                if let Some((field, pick)) = code {
                    let method = match field {
                        Field::Totp => "totp",
                        Field::Sms => "sms",
                        Field::Backup => "backup",
                    };
                    data["code"] = json!({"method": method, "value": self.spell(step, *pick)});
                }
                if let Some(token) = token {
                    data["remember_token"] = self.spell_token(step.who, *token).into();
                }
                ("login.attempted.v1", data)
            }
            Action::Text(_) => ("sms.requested.v1", json!({})),
            Action::StartTotp => ("enrollment.totp.started.v1", json!({"account": "x"})),
            Action::ConfirmTotp(pick) => {
                let data = json!({"code": self.spell(step, *pick)});
                ("enrollment.totp.confirmed.v1", data)
            }
            Action::StartSms(number, _) => {
                let data = json!({"mobile_number": NUMBERS[usize::from(*number)]});
                ("enrollment.sms.started.v1", data)
            }
            Action::ConfirmSms(pick) => {
                let data = json!({"code": self.spell(step, *pick)});
                ("enrollment.sms.confirmed.v1", data)
            }
            Action::NewBackupCodes => ("enrollment.backup_codes.requested.v1", json!({})),
            Action::GiveUpTotp => ("enrollment.method.reset.v1", json!({"method": "totp"})),
            Action::GiveUpSms => ("enrollment.method.reset.v1", json!({"method": "sms"})),
            Action::OwnProfile => {
                let data = json!({"viewer_id": USERS[step.who]});
                ("profile.requested.v1", data)
            }
            _ => return None,
        };
        data["session_id"] = format!("s{}", step.session).into();
        Some((name, data))
    }

    /// Returns the event of an administrator, or of the CRM on its own.
    fn by_others(&self, action: &Action) -> (&'static str, Value) {
        let by_admin = |reason: &str| json!({"admin_id": "root", "reason": reason});
        match action {
            Action::ForgetBrowsers => ("enrollment.browsers.forgotten.v1", json!({})),
            Action::Exempt { hours } => {
                let mut data = by_admin("no phone");
                data["until"] = (self.worker.now + seconds(3600 * hours)).to_string().into();
                ("enrollment.exempted.v1", data)
            }
            Action::SetPolicy {
                required,
                grace_days,
            } => {
                let data =
                    json!({"admin_id": "root", "required": required, "grace_days": grace_days});
                ("enrollment.policy.set.v1", data)
            }
            Action::SeePolicy => {
                let data = json!({"viewer_id": "root"});
                ("enrollment.policy.requested.v1", data)
            }
            Action::OtherProfile => ("profile.requested.v1", json!({"viewer_id": "root"})),
            Action::List => {
                let data = json!({"viewer_id": "root", "user_ids": ["anna", "ben", "nobody"]});
                ("profile.list.requested.v1", data)
            }
            Action::Reset => ("reset.requested.v1", by_admin("lost phone")),
            Action::Erase => ("reset.user.erased.v1", by_admin("left")),
            other => unreachable!("{other:?} is no new event of others"),
        }
    }

    fn spell(&mut self, step: &Step, pick: Pick) -> String {
        let time = self.worker.now - seconds(step.age);
        let shown = |app: Option<&Vec<u8>>, steps: i64| {
            app.map(|app| app_code(app, time + seconds(30 * steps)))
        };
        let back = |list: &[String], back: usize| list.iter().rev().nth(back).cloned();
        let own = &self.known[step.who];
        let other = &self.known[(step.who + 1) % 4];
        let entered = match pick {
            Pick::App(steps) => shown(own.apps.last(), steps),
            Pick::OldApp(steps) => shown(own.apps.first(), steps),
            Pick::Texted(at) => back(&own.texted, at),
            Pick::Backup(at) => back(&own.backup, at),
            Pick::OthersApp => shown(other.apps.last(), 0),
            Pick::OthersText => back(&other.texted, 0),
            Pick::Last => Some(own.last_entered.clone()),
            Pick::Junk(entry) => Some(entry.to_owned()),
        };
        let entered = entered.unwrap_or_else(|| "222222".to_owned());
        self.known[step.who].last_entered.clone_from(&entered);
        entered
    }

    fn spell_token(&self, who: usize, token: Token) -> String {
        let last = |who: usize, back: usize| self.known[who].tokens.iter().rev().nth(back).cloned();
        let token = match token {
            Token::Own(back) => last(who, back),
            Token::Others => last((who + 1) % 4, 0),
            Token::MadeUp => None,
        };
        token.unwrap_or_else(|| "made-up".to_owned())
    }
}
