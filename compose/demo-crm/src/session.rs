//! The sessions of browsers: who is behind a cookie, for how long, and how all of a person's end.
//!
//! They live in memory, since this is a demo. The cookie's value is random and nothing else: it is
//! neither the contract's `session_id` nor derived from it, and it is new after each login, so that
//! nobody can prepare a session for somebody else. Nothing here knows a page or an event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cookie::{Cookie, SameSite};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use crate::forms::Forms;
use crate::login::Login;
use crate::people::Person;
use crate::place::Place;
use crate::set_up::{Codes, SetUp};
use crate::words::Language;

/// The name of the cookie. With `__Host-` a browser takes it only with `Secure`, with `Path=/` and
/// without a domain, so no neighbouring host can set it.
pub const COOKIE: &str = "__Host-session";
/// A session ends when nothing came for so long.
const IDLE: Duration = Duration::from_mins(30);
/// A session ends so long after it began, whatever came.
const LONGEST: Duration = Duration::from_hours(12);
/// A login that came to its end stays so long, so that a double click gets the same answer.
const AFTER_LOGIN: Duration = Duration::from_mins(1);
/// Sessions at a time; the one that was idle for longest goes.
const MOST: usize = 10_000;

/// What the server knows of one browser.
pub struct Session {
    /// What each of its forms must bring along.
    pub csrf: String,
    /// The language of its pages.
    pub language: Language,
    /// Whether a link chose it; else it is that of who logs in.
    pub language_is_chosen: bool,
    /// Where its person is.
    pub place: Place,
    /// The events of its forms.
    pub forms: Forms,
    /// The e-mail address of a login that failed.
    pub typed_email: Option<String>,
    /// A login whose password was right and that is not let in yet.
    pub login: Option<Login>,
    /// Who is let in.
    pub signed_in: Option<SignedIn>,
    /// A set-up that is under way.
    pub set_up: Option<SetUp>,
    /// Backup codes that are on the page until they are saved.
    pub codes: Option<Codes>,
    /// What the next page says went wrong.
    pub problem: Option<Problem>,
    /// What the next page says was done.
    pub done: Option<String>,
    /// A reset that an administrator is asked once more about: the person, and the reason.
    pub asked_reset: Option<(String, String)>,
}

/// Who is let in, and how.
#[derive(Clone)]
pub struct SignedIn {
    /// The person.
    pub person: Arc<Person>,
    /// The login session of the contract; never the cookie.
    pub session_id: String,
    /// How they were let in, as a word of the contract.
    pub via: String,
    /// Backup codes that are left, after one was used.
    pub backup_codes_left: Option<i64>,
    /// Until when a method must be set up, in grace.
    pub set_up_by: Option<Timestamp>,
}

/// What went wrong, for the top of the next page and for the field.
#[derive(Clone)]
pub struct Problem {
    /// The sentence.
    pub message: String,
    /// The id of the field that it is about.
    pub field: Option<&'static str>,
}

impl Session {
    /// A session of nobody.
    pub fn new(language: Language, place: Place) -> Self {
        Self {
            csrf: random(),
            language,
            language_is_chosen: false,
            place,
            forms: Forms::default(),
            typed_email: None,
            login: None,
            signed_in: None,
            set_up: None,
            codes: None,
            problem: None,
            done: None,
            asked_reset: None,
        }
    }

    /// Has the next page say that something went wrong.
    pub fn fail(&mut self, message: impl Into<String>, field: Option<&'static str>) {
        let message = message.into();
        self.problem = Some(Problem { message, field });
    }
}

/// Every session of every browser.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Entry>>);

struct Entry {
    session: Arc<AsyncMutex<Session>>,
    /// Tenant and user, where somebody is let in.
    owner: Option<(String, String)>,
    began: Instant,
    used: Instant,
    ends: Option<Instant>,
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        let ends = self.ends.unwrap_or(self.began + LONGEST);
        now >= ends || now >= self.used + IDLE
    }
}

impl Sessions {
    /// Keeps a session under a new random id, which is returned: the value of its cookie.
    pub fn begin(&self, session: Session) -> String {
        let now = Instant::now();
        let id = random();
        let owner = session.signed_in.as_ref().map(|who| owner(&who.person));
        let mut entries = self.lock();
        entries.retain(|_, entry| !entry.is_over(now));
        if entries.len() >= MOST {
            let idle = entries.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(id) = idle.map(|(id, _)| id.clone()) {
                entries.remove(&id);
            }
        }
        let entry = Entry {
            session: Arc::new(AsyncMutex::new(session)),
            owner,
            began: now,
            used: now,
            ends: None,
        };
        entries.insert(id.clone(), entry);
        id
    }

    /// The session of that cookie, unless it is over.
    pub fn find(&self, id: &str) -> Option<Arc<AsyncMutex<Session>>> {
        let now = Instant::now();
        let mut entries = self.lock();
        let entry = entries.get_mut(id).filter(|entry| !entry.is_over(now))?;
        entry.used = now;
        Some(entry.session.clone())
    }

    /// Ends a session at once.
    pub fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Ends the session of a login that was let in under another id, after a double click's time, or
    /// with the others of its person.
    pub fn end_soon(&self, id: &str, person: &Person) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.ends = Some(Instant::now() + AFTER_LOGIN);
            entry.owner = Some(owner(person));
        }
    }

    /// Ends every session of a person but that one.
    pub fn end_all_of(&self, person: &Person, but: Option<&str>) {
        let owner = owner(person);
        self.lock()
            .retain(|id, entry| entry.owner.as_ref() != Some(&owner) || but == Some(id.as_str()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // Every change of the map is one call, so it is whole after a panic too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn owner(person: &Person) -> (String, String) {
    (
        person.institution.tenant_id.clone(),
        person.user_id.to_owned(),
    )
}

/// The cookie of a session: until the browser is closed, for this host alone, out of reach of scripts.
pub fn cookie(id: &str) -> Cookie<'static> {
    Cookie::build((COOKIE, id.to_owned()))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// 256 random bits, as text for cookies and forms.
pub fn random() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::People;

    fn signed_in(person: &Arc<Person>) -> Session {
        let mut session = Session::new(Language::English, Place::Campus);
        session.signed_in = Some(SignedIn {
            person: person.clone(),
            session_id: "s".to_owned(),
            via: "totp".to_owned(),
            backup_codes_left: None,
            set_up_by: None,
        });
        session
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let written = cookie("abc").to_string();
        assert_eq!(
            written,
            "__Host-session=abc; HttpOnly; SameSite=Lax; Secure; Path=/"
        );
    }

    #[test]
    fn ids_and_tokens_are_long_and_never_the_same() {
        let sessions = Sessions::default();
        let one = sessions.begin(Session::new(Language::English, Place::Campus));
        let other = sessions.begin(Session::new(Language::English, Place::Campus));
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        let csrf = |id| {
            let session = sessions.find(id).expect("a session");
            session.try_lock().expect("nobody holds it").csrf.clone()
        };
        assert_ne!(csrf(&one), csrf(&other));
        assert_ne!(csrf(&one), one);
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old_or_told_to() {
        let now = Instant::now();
        let entry = |began: Duration, used: Duration, ends: Option<Instant>| Entry {
            session: Arc::new(AsyncMutex::new(Session::new(
                Language::English,
                Place::Campus,
            ))),
            owner: None,
            began: now.checked_sub(began).expect("an instant"),
            used: now.checked_sub(used).expect("an instant"),
            ends,
        };
        let minute = Duration::from_mins(1);
        assert!(!entry(60 * minute, 29 * minute, None).is_over(now));
        assert!(entry(60 * minute, 30 * minute, None).is_over(now));
        assert!(entry(12 * 60 * minute, minute, None).is_over(now));
        assert!(entry(minute, minute, Some(now)).is_over(now));
    }

    #[test]
    fn all_sessions_of_one_person_end_and_no_others() {
        let people = People::new("t");
        let ben = people.by_email("ben@north.example").expect("Ben");
        let dan = people.by_email("dan@north.example").expect("Dan");
        let sessions = Sessions::default();
        let [first, second] = [(); 2].map(|()| sessions.begin(signed_in(ben)));
        let others = sessions.begin(signed_in(dan));
        sessions.end_all_of(ben, Some(&first));
        assert!(sessions.find(&first).is_some());
        assert!(sessions.find(&second).is_none());
        let before_login = sessions.begin(Session::new(Language::English, Place::Campus));
        sessions.end_soon(&before_login, ben);
        sessions.end_all_of(ben, None);
        assert!(sessions.find(&first).is_none());
        assert!(sessions.find(&before_login).is_none());
        assert!(sessions.find(&others).is_some());
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let sessions = Sessions::default();
        for _ in 0..MOST + 5 {
            sessions.begin(Session::new(Language::English, Place::Campus));
        }
        assert_eq!(sessions.lock().len(), MOST);
    }
}
