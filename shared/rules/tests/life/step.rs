//! The symbolic steps of a life: codes are named, and get their values only when the life runs.

use proptest::prelude::*;
use twofactor_rules::text::ProviderAnswer;

use crate::action::{Action, action};
use crate::pick::{Field, Pick, Provider, Token};

/// The start of a life.
#[derive(Clone, Debug)]
pub struct Start {
    pub seed: u64,
    /// For each of the four users: has an app, has a number.
    pub methods: [(bool, bool); 4],
    /// For each user: count of earlier wrong codes at login.
    pub failures: [u32; 4],
    /// For each user: count of texts in the hours before.
    pub texts: [u8; 4],
    pub required: bool,
    pub grace_days: u8,
    pub south_has_a_policy: bool,
}

/// One step of a life.
#[derive(Clone, Debug)]
pub struct Step {
    /// Index of the user: 0 and 1 are of north, 2 and 3 of south.
    pub who: usize,
    /// Seconds since the previous step.
    pub pause: i64,
    /// Age of the event, in seconds.
    pub age: i64,
    pub session: u8,
    pub action: Action,
}

pub fn start() -> impl Strategy<Value = Start> {
    (
        any::<u64>(),
        proptest::array::uniform4(any::<(bool, bool)>()),
        proptest::array::uniform4(prop_oneof![2 => Just(0_u32), 1 => 0..8_u32]),
        proptest::array::uniform4(prop_oneof![2 => Just(0_u8), 1 => 17..=20_u8]),
        prop::bool::weighted(0.8),
        prop_oneof![Just(0), Just(7)],
        prop::bool::weighted(0.9),
    )
        .prop_map(
            |(seed, methods, failures, texts, required, grace_days, south)| Start {
                seed,
                methods,
                failures,
                texts,
                required,
                grace_days,
                south_has_a_policy: south,
            },
        )
}

/// Generates steps, some at random, some in the order in which people make them.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let made = prop_oneof![
        8 => step().prop_map(|step| vec![step]),
        3 => (step(), habit()).prop_map(|(first, habit)| in_turn(&first, habit)),
    ];
    prop::collection::vec(made, 6..22).prop_map(|made| made.concat())
}

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => Just(2), 1 => Just(3)];
    (who, pause(), age(), 0..2_u8, action()).prop_map(|(who, pause, age, session, action)| Step {
        who,
        pause,
        age,
        session,
        action,
    })
}

/// Continues with the same person in the same session, a few seconds later each time.
fn in_turn(first: &Step, habit: Vec<Action>) -> Vec<Step> {
    let next = |(at, action)| Step {
        pause: if at == 0 { first.pause } else { 7 },
        age: 0,
        action,
        ..*first
    };
    habit.into_iter().enumerate().map(next).collect()
}

/// Generates actions that people do one after the other.
fn habit() -> impl Strategy<Value = Vec<Action>> {
    let accepted = || Provider::Answers(ProviderAnswer::Accepted { provider_ref: None });
    let code = |field, pick| login_with(Some((field, pick)), true, None);
    let without = || login_with(None, true, None);
    let guess = || login_with(Some((Field::Totp, Pick::Junk("000000"))), false, None);
    let set_up_app = vec![
        Action::StartTotp,
        Action::ConfirmTotp(Pick::App(0)),
        without(),
    ];
    let set_up_number = (0..4_u8).prop_map(move |number| {
        let start = Action::StartSms(number, accepted());
        vec![start, Action::ConfirmSms(Pick::Texted(0)), without()]
    });
    prop_oneof![
        2 => Just(set_up_app),
        2 => set_up_number,
        2 => Just(vec![Action::Text(accepted()), code(Field::Sms, Pick::Texted(0))]),
        1 => Just(vec![
            code(Field::Totp, Pick::App(0)),
            login_with(None, false, Some(Token::Own(0))),
            Action::OwnProfile,
        ]),
        1 => Just(vec![code(Field::Backup, Pick::Backup(0)), Action::GiveUpTotp, Action::StartTotp]),
        1 => Just(vec![guess(), guess(), guess()]),
        // The same code again.
        1 => Just(vec![code(Field::Totp, Pick::App(1)), code(Field::Totp, Pick::Last)]),
        1 => Just(vec![code(Field::Backup, Pick::Backup(1)), code(Field::Backup, Pick::Last)]),
        1 => Just(vec![Action::Reset, without(), code(Field::Totp, Pick::App(0))]),
    ]
}

fn login_with(code: Option<(Field, Pick)>, remember_me: bool, token: Option<Token>) -> Action {
    Action::Login {
        code,
        remember_me,
        token,
        ip: 0,
    }
}

fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![
        10 => Just(0),
        6 => 1..40_i64,
        2 => prop_oneof![Just(30), Just(60), Just(120)],
        3 => prop_oneof![Just(299), Just(300), Just(301)],
        2 => prop_oneof![Just(599), Just(600), Just(900)],
        1 => prop_oneof![Just(43_199), Just(43_200), Just(86_400), Just(31 * 86_400)],
    ]
}

fn age() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => Just(0),
        4 => 1..120_i64,
        1 => prop_oneof![Just(120), Just(121), Just(3600), Just(8 * 86_400)],
        1 => prop_oneof![Just(-1), Just(-30), Just(-31)],
    ]
}
