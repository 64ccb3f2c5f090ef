//! A person at an institution that requires two-factor authentication, with an authenticator app.

use jiff::Timestamp;
use totp_rs::Totp;
use twofactor_client::types::{
    EnrollmentCompleted, EnrollmentPolicySet, EnrollmentTotpConfirmed, EnrollmentTotpStarted,
    LoginAttempted, LoginAttemptedCode, Method,
};
use twofactor_client::{Answer, Client, Event, Outcome};
use uuid::Uuid;

/// Seconds for which an app shows a code.
const STEP: u64 = 30;

/// Somebody at one login.
#[derive(Clone)]
pub struct Person {
    /// The CRM that the person uses.
    pub client: Client,
    /// The institution.
    pub tenant_id: String,
    /// Who it is.
    pub user_id: String,
    /// The login session.
    pub session_id: String,
}

/// What shows the codes.
pub struct App(Totp);

impl App {
    /// Takes the URI of a set-up.
    pub fn from_uri(uri: &str) -> Self {
        Self(Totp::from_url(uri).expect("an app reads it"))
    }

    /// The code that is shown so many steps from now. Each is good once.
    pub fn code(&self, steps: u64) -> String {
        let now = u64::try_from(Timestamp::now().as_second()).expect("after 1970");
        self.0.generate(now + steps * STEP).to_string()
    }

    /// A code that it shows nowhere near now.
    pub fn wrong_code(&self) -> String {
        let near: Vec<String> = (0..60).map(|step| self.code(step)).collect();
        let mut codes = (0..).map(|code| format!("{code:06}"));
        codes
            .find(|code| !near.contains(code))
            .expect("most are wrong")
    }
}

impl Person {
    /// Somebody new at a new institution.
    pub async fn new(client: &Client) -> Self {
        let person = Self {
            client: client.clone(),
            tenant_id: format!("rust-{}", Uuid::new_v4()),
            user_id: format!("u-{}", Uuid::new_v4()),
            session_id: Uuid::new_v4().to_string(),
        };
        let policy = EnrollmentPolicySet {
            tenant_id: person.tenant_id.clone(),
            admin_id: "root".into(),
            required: true,
            grace_days: 0,
        };
        let outcome = person.asks(&policy).await;
        assert!(
            matches!(outcome, Outcome::EnrollmentPolicy(_)),
            "{outcome:?}"
        );
        person
    }

    /// The same person at another login.
    pub fn anew(&self) -> Self {
        let session_id = Uuid::new_v4().to_string();
        Self {
            session_id,
            ..self.clone()
        }
    }

    /// What an event is answered with.
    pub async fn answer<E: Event>(&self, event: &E) -> Answer {
        let answer = self.client.request(event).await;
        answer.expect("an answer")
    }

    /// The outcome of an event.
    pub async fn asks<E: Event>(&self, event: &E) -> Outcome {
        self.answer(event).await.outcome
    }

    /// A login by password alone.
    pub fn login(&self) -> LoginAttempted {
        LoginAttempted {
            tenant_id: self.tenant_id.clone(),
            user_id: self.user_id.clone(),
            session_id: self.session_id.clone(),
            ip: "203.0.113.7".into(),
            ..LoginAttempted::default()
        }
    }

    /// A login with a code of the app.
    pub fn login_with(&self, code: &str) -> LoginAttempted {
        LoginAttempted {
            code: Some(LoginAttemptedCode {
                method: Method::Totp,
                value: code.into(),
            }),
            ..self.login()
        }
    }

    /// Begins to set an app up.
    pub async fn starts_app(&self) -> App {
        let started = EnrollmentTotpStarted {
            tenant_id: self.tenant_id.clone(),
            user_id: self.user_id.clone(),
            session_id: self.session_id.clone(),
            account: "anna@example.org".into(),
            ..EnrollmentTotpStarted::default()
        };
        match self.asks(&started).await {
            Outcome::EnrollmentPending(pending) => {
                App::from_uri(pending.otpauth_uri.expect("a key").reveal())
            }
            other => panic!("{other:?}"),
        }
    }

    /// The event that confirms an app with the code that it shows.
    pub fn confirmation(&self, app: &App) -> EnrollmentTotpConfirmed {
        EnrollmentTotpConfirmed {
            tenant_id: self.tenant_id.clone(),
            user_id: self.user_id.clone(),
            session_id: self.session_id.clone(),
            code: app.code(0).as_str().into(),
            language: None,
        }
    }

    /// Sets an app up; the code of now is spent by it.
    pub async fn sets_app_up(&self) -> (App, EnrollmentCompleted) {
        let app = self.starts_app().await;
        match self.asks(&self.confirmation(&app)).await {
            Outcome::EnrollmentCompleted(completed) => (app, completed),
            other => panic!("{other:?}"),
        }
    }
}
