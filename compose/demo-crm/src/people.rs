//! The two institutions, their people and their passwords, in memory.
//!
//! The passwords stand on the login page, since nobody's data is here; a real CRM keeps a slow hash of
//! each. This file knows no second factor.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use subtle::ConstantTimeEq;

use crate::words::Language;

/// An institution: a tenant of the workers.
#[derive(Debug)]
pub struct Institution {
    /// Its id on the wire.
    pub tenant_id: String,
    /// Its name on pages.
    pub name: &'static str,
    /// Whether a second factor is required when the demo starts.
    pub required: bool,
    /// Days of grace when the demo starts.
    pub grace_days: i64,
}

/// Someone who can log in.
pub struct Person {
    /// The opaque id on the wire.
    pub user_id: &'static str,
    /// The name on pages.
    pub name: &'static str,
    /// What they log in with.
    pub email: String,
    /// Where they belong.
    pub institution: Arc<Institution>,
    /// Whether they help the users of their institution.
    pub is_administrator: bool,
    /// The language that they read.
    pub language: Language,
    /// What can be tried with them, in English and in Welsh.
    story: [&'static str; 2],
    password: Mutex<String>,
}

impl Person {
    /// What can be tried with them.
    pub fn story(&self, language: Language) -> &'static str {
        language.choose(self.story[0], self.story[1])
    }

    /// The password, which a demo alone can show.
    pub fn password(&self) -> String {
        let password = self.password.lock();
        password.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the password.
    pub fn set_password(&self, new: &str) {
        let mut password = self.password.lock().unwrap_or_else(PoisonError::into_inner);
        new.clone_into(&mut password);
    }

    /// Whether that is the password.
    pub fn has_password(&self, tried: &str) -> bool {
        self.password().as_bytes().ct_eq(tried.as_bytes()).into()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.user_id)
    }
}

/// Everybody.
#[derive(Debug)]
pub struct People {
    /// The institutions.
    pub institutions: [Arc<Institution>; 2],
    /// Their people.
    pub all: Vec<Arc<Person>>,
}

/// A line of the table below: id and name, whether an administrator, the language, and what can be
/// tried in both languages.
type Line = (
    &'static str,
    &'static str,
    bool,
    Language,
    [&'static str; 2],
);

const NORTH: [Line; 7] = [
    (
        "anna",
        "Anna Price",
        false,
        Language::English,
        [
            "First login: nothing is set up, and it is required",
            "Mewngofnodi am y tro cyntaf: dim wedi'i osod, ac mae ei angen",
        ],
    ),
    (
        "ben",
        "Ben Okafor",
        false,
        Language::English,
        [
            "Authenticator app; remember this browser; a backup code",
            "Ap dilysu; cofio'r porwr hwn; cod wrth gefn",
        ],
    ),
    (
        "carys",
        "Carys Llwyd",
        false,
        Language::Welsh,
        [
            "Codes by text message, and pages in Welsh",
            "Codau drwy neges destun, a thudalennau Cymraeg",
        ],
    ),
    (
        "dan",
        "Dan Whitmore",
        false,
        Language::English,
        [
            "App and texts: change from one to the other",
            "Ap a negeseuon testun: newid o'r naill i'r llall",
        ],
    ),
    (
        "emma",
        "Emma Sato",
        false,
        Language::English,
        [
            "Can use neither method: exempt for a while",
            "Ni all ddefnyddio'r naill ddull na'r llall: wedi'i heithrio am gyfnod",
        ],
    ),
    (
        "farid",
        "Farid Haddad",
        false,
        Language::English,
        [
            "Nothing set up: set up codes by text message",
            "Dim wedi'i osod: gosod codau drwy neges destun",
        ],
    ),
    (
        "olwen",
        "Olwen Rees",
        true,
        Language::English,
        [
            "User administrator: policy, resets, exemptions",
            "Gweinyddwr defnyddwyr: polisi, ailosod, eithriadau",
        ],
    ),
];

const SOUTH: [Line; 6] = [
    (
        "gwen",
        "Gwen Marsh",
        false,
        Language::English,
        [
            "Nothing set up, within the days of grace",
            "Dim wedi'i osod, o fewn y dyddiau gras",
        ],
    ),
    (
        "hugh",
        "Hugh Lindqvist",
        false,
        Language::English,
        ["Authenticator app", "Ap dilysu"],
    ),
    (
        "isla",
        "Isla Grant",
        false,
        Language::English,
        ["App and texts", "Ap a negeseuon testun"],
    ),
    (
        "jamal",
        "Jamal Bright",
        false,
        Language::English,
        [
            "Nothing set up, within the days of grace",
            "Dim wedi'i osod, o fewn y dyddiau gras",
        ],
    ),
    (
        "kate",
        "Kate Ormond",
        false,
        Language::English,
        [
            "Nothing set up, within the days of grace",
            "Dim wedi'i osod, o fewn y dyddiau gras",
        ],
    ),
    (
        "priya",
        "Priya Nair",
        true,
        Language::English,
        [
            "User administrator: policy with grace",
            "Gweinyddwr defnyddwyr: polisi gyda dyddiau gras",
        ],
    ),
];

impl People {
    /// Everybody, at institutions whose ids end with `run`: the workers keep what they know of people,
    /// and the demo begins anew with each start.
    pub fn new(run: &str) -> Self {
        let north = Arc::new(Institution {
            tenant_id: format!("north-{run}"),
            name: "Northmoor University",
            required: true,
            grace_days: 0,
        });
        let south = Arc::new(Institution {
            tenant_id: format!("south-{run}"),
            name: "Southgate College",
            required: true,
            grace_days: 14,
        });
        let mut all = Vec::new();
        for (line, institution) in NORTH
            .iter()
            .map(|line| (line, &north))
            .chain(SOUTH.iter().map(|line| (line, &south)))
        {
            all.push(Arc::new(person(line, institution)));
        }
        Self {
            institutions: [north, south],
            all,
        }
    }

    /// Who logs in with that e-mail address; it has no case.
    pub fn by_email(&self, email: &str) -> Option<&Arc<Person>> {
        let email = email.trim();
        self.all
            .iter()
            .find(|person| person.email.eq_ignore_ascii_case(email))
    }

    /// The person with that id at that institution.
    pub fn at(&self, institution: &Institution, user_id: &str) -> Option<&Arc<Person>> {
        self.of(institution)
            .find(|person| person.user_id == user_id)
    }

    /// The people of an institution.
    pub fn of(&self, institution: &Institution) -> impl Iterator<Item = &Arc<Person>> {
        self.all
            .iter()
            .filter(move |person| person.institution.tenant_id == institution.tenant_id)
    }
}

fn person(line: &Line, institution: &Arc<Institution>) -> Person {
    let &(user_id, name, is_administrator, language, story) = line;
    let domain = institution.tenant_id.split('-').next().unwrap_or("north");
    Person {
        user_id,
        name,
        email: format!("{user_id}@{domain}.example"),
        institution: institution.clone(),
        is_administrator,
        language,
        story,
        password: Mutex::new(format!("{user_id}-likes-the-demo")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_found_and_each_institution_has_an_administrator() {
        let people = People::new("t");
        for person in &people.all {
            let found = people.by_email(&person.email.to_uppercase());
            assert_eq!(found.expect("a person").user_id, person.user_id);
            assert!(person.has_password(&person.password()));
            assert!(!person.has_password("another"));
        }
        for institution in &people.institutions {
            assert!(people.of(institution).any(|person| person.is_administrator));
            assert!(people.of(institution).count() >= 6);
        }
        assert!(people.at(&people.institutions[1], "ben").is_none());
    }
}
