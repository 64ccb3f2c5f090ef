//! The actions of lives: how often each is taken, and the event that it sends.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::life::Life;
use crate::model::seconds;
use crate::pick::{Field, IPS, NUMBERS, Pick, Provider, Token, pick, provider};
use crate::spell::{TENANTS, USERS};
use crate::step::Step;

/// The action of a step.
#[derive(Clone, Debug)]
pub enum Action {
    Login {
        code: Option<(Field, Pick)>,
        remember_me: bool,
        token: Option<Token>,
        ip: usize,
    },
    Text(Provider),
    StartTotp,
    ConfirmTotp(Pick),
    StartSms(u8, Provider),
    ConfirmSms(Pick),
    NewBackupCodes,
    GiveUpTotp,
    GiveUpSms,
    ForgetBrowsers,
    Exempt {
        hours: i64,
    },
    SetPolicy {
        required: bool,
        grace_days: u8,
    },
    SeePolicy,
    OwnProfile,
    OtherProfile,
    List,
    Reset,
    Erase,
    /// The oldest running call of the provider returns.
    EndCall,
    /// An earlier event is delivered again.
    Repeat {
        back: usize,
        redelivered: bool,
    },
    /// An event with the id of an earlier one has other content.
    Conflict {
        back: usize,
    },
}

pub fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        14 => login(),
        6 => provider().prop_map(Action::Text),
        3 => Just(Action::StartTotp),
        4 => pick().prop_map(Action::ConfirmTotp),
        4 => (0..4_u8, provider()).prop_map(|(number, provider)| Action::StartSms(number, provider)),
        4 => pick().prop_map(Action::ConfirmSms),
        2 => rare(),
        3 => repeat(),
        2 => Just(Action::EndCall),
    ]
}

fn rare() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => Just(Action::NewBackupCodes),
        3 => Just(Action::GiveUpTotp),
        3 => Just(Action::GiveUpSms),
        1 => Just(Action::ForgetBrowsers),
        2 => (-1..48_i64).prop_map(|hours| Action::Exempt { hours }),
        3 => any::<(bool, bool)>().prop_map(|(required, grace)| Action::SetPolicy {
            required,
            grace_days: if grace { 7 } else { 0 },
        }),
        1 => Just(Action::SeePolicy),
        4 => Just(Action::OwnProfile),
        2 => Just(Action::OtherProfile),
        1 => Just(Action::List),
        5 => Just(Action::Reset),
        1 => Just(Action::Erase),
    ]
}

fn repeat() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (0..4_usize, any::<bool>())
            .prop_map(|(back, redelivered)| Action::Repeat { back, redelivered }),
        1 => (0..4_usize).prop_map(|back| Action::Conflict { back }),
    ]
}

fn login() -> impl Strategy<Value = Action> {
    let field =
        prop_oneof![4 => Just(Field::Totp), 4 => Just(Field::Sms), 2 => Just(Field::Backup)];
    // Most people enter a code where it belongs.
    let code = prop_oneof![
        4 => (-2..=2_i64).prop_map(|steps| (Field::Totp, Pick::App(steps))),
        4 => (0..3_usize).prop_map(|back| (Field::Sms, Pick::Texted(back))),
        1 => (0..12_usize).prop_map(|index| (Field::Backup, Pick::Backup(index))),
        4 => (field, pick()),
    ];
    let token = prop_oneof![
        6 => (0..2_usize).prop_map(Token::Own),
        1 => Just(Token::Others),
        1 => Just(Token::MadeUp),
    ];
    (
        prop::option::weighted(0.75, code),
        prop::bool::weighted(0.4),
        prop::option::weighted(0.4, token),
        prop_oneof![5 => Just(0_usize), 2 => 0..5_usize],
    )
        .prop_map(|(code, remember_me, token, ip)| Action::Login {
            code,
            remember_me,
            token,
            ip,
        })
}

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
}
