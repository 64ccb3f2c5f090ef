//! The parts of an action by their names: which code, which token, which answer of the provider.

use proptest::prelude::*;
use twofactor_rules::text::ProviderAnswer;

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

pub fn pick() -> impl Strategy<Value = Pick> {
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

pub fn provider() -> impl Strategy<Value = Provider> {
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
