//! The people's phones: an authenticator app, an inbox, and the paper with the backup codes.
//!
//! **A CRM never does any of this.** It is here so that one person with one browser can play everybody.
//! It takes secrets out of answers in one place, [`Phones::see`]; without that line the rest of the demo
//! is what a CRM may do.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use totp_rs::Totp;
use twofactor_client::Outcome;

use crate::people::Person;

/// Texts on a page.
const SHOWN: usize = 3;

/// Everybody's phone.
pub struct Phones {
    all: Mutex<HashMap<String, Phone>>,
    inbox: String,
    http: Client,
}

struct Phone {
    number: String,
    /// Numbers that were entered for this person, whose texts are shown as well.
    others: Vec<String>,
    app: Option<Totp>,
    backup_codes: Vec<String>,
}

/// What a phone shows now.
#[derive(Debug, Default)]
pub struct Screen {
    /// Its number.
    pub number: String,
    /// The code of the app, and the one after it.
    pub codes: Option<[String; 2]>,
    /// Seconds until the next code.
    pub seconds: u64,
    /// The newest texts, newest first; `None` where the sandbox cannot be asked.
    pub texts: Option<Vec<Text>>,
    /// Backup codes as they were last shown.
    pub backup_codes: Vec<String>,
}

/// A text that arrived.
#[derive(Clone, Debug, Deserialize)]
pub struct Text {
    /// What it says.
    pub body: String,
    /// When it arrived.
    pub at: Timestamp,
}

impl Text {
    /// Its code, with which each of our texts begins.
    pub fn code(&self) -> &str {
        self.body.get(..6).unwrap_or_default()
    }
}

impl Phones {
    /// A phone for each of these people; their texts are at that sandbox.
    pub fn new<'a>(people: impl IntoIterator<Item = &'a Person>, sandbox: &str) -> Self {
        let mut phones = HashMap::new();
        for person in people {
            // So many that two demos of one broker do not meet: the throttle of set-ups is by number.
            let number = || format!("+44740{}", rand::random_range(1_000_000..9_000_000));
            let mut phone = Phone {
                number: number(),
                others: Vec::new(),
                app: None,
                backup_codes: Vec::new(),
            };
            // No two people have one number: the workers would refuse the second.
            while phones
                .values()
                .any(|other: &Phone| other.number == phone.number)
            {
                phone.number = number();
            }
            phones.insert(key(person), phone);
        }
        Self {
            all: Mutex::new(phones),
            inbox: format!("{}/messages", sandbox.trim_end_matches('/')),
            http: Client::builder()
                .timeout(Duration::from_secs(2))
                // It is on this machine, or in the same network.
                .no_proxy()
                .build()
                .expect("a client without options that can fail"),
        }
    }

    /// What a person's phone and desk would take in of an answer: the key behind the picture, and the
    /// backup codes on paper.
    pub fn see(&self, person: &Person, outcome: &Outcome) {
        let mut phones = self.lock();
        let Some(phone) = phones.get_mut(&key(person)) else {
            return;
        };
        let codes = match outcome {
            Outcome::EnrollmentPending(pending) => {
                if let Some(uri) = &pending.otpauth_uri {
                    phone.app = Totp::from_url(uri.reveal()).ok();
                }
                None
            }
            Outcome::EnrollmentCompleted(completed) => completed.backup_codes.as_ref(),
            Outcome::EnrollmentBackupCodes(new) => new.backup_codes.as_ref(),
            _ => None,
        };
        if let Some(codes) = codes {
            phone.backup_codes.clone_from(codes.reveal());
        }
    }

    /// Shows the texts to that number on this person's phone too.
    pub fn has_number(&self, person: &Person, typed: &str) {
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let number = match digits.strip_prefix('0') {
            Some(national) => format!("+44{national}"),
            None => format!("+{digits}"),
        };
        if let Some(phone) = self.lock().get_mut(&key(person))
            && phone.number != number
            && !phone.others.contains(&number)
        {
            phone.others.push(number);
        }
    }

    /// The number of a person's phone.
    pub fn number(&self, person: &Person) -> String {
        let phones = self.lock();
        phones
            .get(&key(person))
            .map(|phone| phone.number.clone())
            .unwrap_or_default()
    }

    /// What a person's phone shows now.
    pub async fn screen(&self, person: &Person) -> Screen {
        let (mut screen, numbers) = self.at(person, Timestamp::now());
        let mut texts = Some(Vec::new());
        for number in numbers {
            let more = self.texts(&number).await;
            texts = texts.zip(more).map(|(texts, more)| [texts, more].concat());
        }
        if let Some(texts) = &mut texts {
            texts.sort_by_key(|text| std::cmp::Reverse(text.at));
            texts.truncate(SHOWN);
        }
        screen.texts = texts;
        screen
    }

    fn at(&self, person: &Person, now: Timestamp) -> (Screen, Vec<String>) {
        let phones = self.lock();
        let Some(phone) = phones.get(&key(person)) else {
            return (Screen::default(), Vec::new());
        };
        let second = u64::try_from(now.as_second()).unwrap_or_default();
        let codes = phone
            .app
            .as_ref()
            .map(|app| [second, second + 30].map(|second| app.generate(second).to_string()));
        let screen = Screen {
            number: phone.number.clone(),
            codes,
            seconds: 30 - second % 30,
            texts: None,
            backup_codes: phone.backup_codes.clone(),
        };
        let numbers = [&phone.number].into_iter().chain(&phone.others);
        (screen, numbers.cloned().collect())
    }

    /// The texts to a number, oldest first; `None` where the sandbox cannot be asked.
    pub async fn texts(&self, number: &str) -> Option<Vec<Text>> {
        let url = format!("{}?to={}", self.inbox, number.replace('+', "%2B"));
        let asked = self.http.get(url).send().await.ok()?;
        asked.json().await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Phone>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(person: &Person) -> String {
    format!("{}/{}", person.institution.tenant_id, person.user_id)
}
