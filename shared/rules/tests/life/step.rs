//! The symbolic steps of a life: codes are named, and get their values only when the life runs.

use proptest::prelude::*;
use twofactor_rules::text::ProviderAnswer;

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

/// The field of the login page that a code is entered in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field {
    Totp,
    Sms,
    Backup,
}

/// The code that is entered.
#[derive(Clone, Copy, Debug)]
pub enum Pick {
    /// A code of the newest app, offset by this many steps.
    App(i64),
    /// A code of the first app of this life, offset by this many steps.
    OldApp(i64),
    /// A texted code, counted back from the newest.
    Texted(usize),
    /// A backup code, counted back from the newest.
    Backup(usize),
    /// A code of another person's app.
    OthersApp,
    /// A code texted to another person.
    OthersText,
    /// The last entry again.
    Last,
    Junk(&'static str),
}

/// The token that the browser sends.
#[derive(Clone, Copy, Debug)]
pub enum Token {
    Own(usize),
    Others,
    MadeUp,
}

/// The behaviour of the provider.
#[derive(Clone, Debug)]
pub enum Provider {
    Answers(ProviderAnswer),
    /// It answers after some further steps.
    AnswersLate(ProviderAnswer),
    /// The worker dies during the call.
    Crash,
}

/// The addresses of lives; the third and the fourth share a network, the last identifies none.
pub const IPS: [&str; 5] = [
    "192.0.2.1",
    "192.0.2.2",
    "2001:db8::1",
    "2001:db8::2",
    "127.0.0.1",
];

/// The mobile numbers of lives.
pub const NUMBERS: [&str; 4] = [
    "+447400123456",
    "+447400123457",
    "+447400123458",
    "+447400123459",
];

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

fn action() -> impl Strategy<Value = Action> {
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

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        6 => (-3..=3_i64).prop_map(Pick::App),
        1 => (-1..=1_i64).prop_map(Pick::OldApp),
        6 => (0..3_usize).prop_map(Pick::Texted),
        1 => (0..12_usize).prop_map(Pick::Backup),
        1 => Just(Pick::OthersApp),
        1 => Just(Pick::OthersText),
        2 => Just(Pick::Last),
        3 => prop_oneof![
            Just("000000"),
            Just("abc234"),
            Just("ABC234"),
            Just("0000-0000-0000-0000"),
            Just(""),
        ]
        .prop_map(Pick::Junk),
    ]
}

fn provider() -> impl Strategy<Value = Provider> {
    let answer = || {
        prop_oneof![
            6 => Just(ProviderAnswer::Accepted { provider_ref: None }),
            1 => Just(ProviderAnswer::NumberRejected),
            2 => Just(ProviderAnswer::Unavailable),
            1 => Just(ProviderAnswer::Unknown),
        ]
    };
    prop_oneof![
        6 => answer().prop_map(Provider::Answers),
        2 => answer().prop_map(Provider::AnswersLate),
        1 => Just(Provider::Crash),
    ]
}
