//! What the CRM asks the workers: one function for each event.
//!
//! The only file that knows the client. It knows no page: what an outcome means for the person is for
//! the pages, which go by `next` and show `message`. Where there is no answer, nobody is let in.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use twofactor_client::types::{
    self, EnrollmentBackupCodesRequested, EnrollmentBrowsersForgottenEvent, EnrollmentExempted,
    EnrollmentMethodReset, EnrollmentPolicyRequested, EnrollmentPolicySet, EnrollmentSmsConfirmed,
    EnrollmentSmsStarted, EnrollmentTotpConfirmed, EnrollmentTotpStarted, LoginAttempted,
    LoginAttemptedCode, Method, ProfileListRequested, ProfileRequested, ResetRequested,
    SmsRequested,
};
use twofactor_client::{Answer, Attributes, Client, Event, Outcome, Secret};

use crate::mail::Outbox;
use crate::people::{Institution, Person};
use crate::phone::Phones;
use crate::record::Record;
use crate::set_up::Codes;
use crate::words::Language;

/// Who asks: a person in one login, and the language of the answer.
#[derive(Clone)]
pub struct Who {
    /// The person.
    pub person: Arc<Person>,
    /// The login session of the contract: a random name, never a cookie's value.
    pub session_id: String,
    /// The language of `message` and `notice`.
    pub language: Language,
}

impl Who {
    fn tenant_id(&self) -> String {
        self.person.institution.tenant_id.clone()
    }

    fn user_id(&self) -> String {
        self.person.user_id.to_owned()
    }

    fn language(&self) -> types::Language {
        self.language.on_the_wire()
    }
}

/// There is no answer that could be used: let nobody in, and ask the person to try again.
#[derive(Debug)]
pub struct NoAnswer;

/// What the pages get: an outcome, or none.
pub type Asked = Result<Outcome, NoAnswer>;

/// The way to the workers, and what is kept of it.
pub struct SecondFactor {
    client: Client,
    /// What passed, for "behind the scenes".
    pub record: Record,
    /// The notices that were sent.
    pub outbox: Outbox,
    /// The people's phones, which no CRM has.
    pub phones: Phones,
}

impl SecondFactor {
    /// Asks through that client.
    pub fn new(client: Client, phones: Phones) -> Self {
        Self {
            client,
            record: Record::default(),
            outbox: Outbox::default(),
            phones,
        }
    }

    /// `login.attempted.v1`: the password was right, and maybe a code came.
    pub async fn login(
        &self,
        who: &Who,
        ip: IpAddr,
        remember_token: Option<String>,
        code: Option<(Method, &str)>,
        remember_me: bool,
        attributes: Attributes,
    ) -> Asked {
        let event = LoginAttempted {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            ip: ip.to_string(),
            code: code.map(|(method, value)| LoginAttemptedCode {
                method,
                // As it was typed: spaces, dashes and capitals are read as people mean them.
                value: value.into(),
            }),
            language: Some(who.language()),
            remember_me: remember_me.then_some(true),
            remember_token: remember_token.map(Secret::new),
        };
        self.ask(Some((&who.person, who.language)), &event, attributes)
            .await
    }

    /// `sms.requested.v1`: a code by text, please.
    pub async fn text_requested(&self, who: &Who, attributes: Attributes) -> Asked {
        let event = SmsRequested {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            language: Some(who.language()),
        };
        self.ask(Some((&who.person, who.language)), &event, attributes)
            .await
    }

    /// `enrollment.totp.started.v1`, as it can be sent again when the page is loaded again.
    pub fn totp_start(who: &Who) -> EnrollmentTotpStarted {
        EnrollmentTotpStarted {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            account: who.person.email.clone(),
            issuer: None,
            language: Some(who.language()),
        }
    }

    /// Starts the set-up of an app, or asks for the same set-up again.
    pub async fn totp_started(
        &self,
        who: &Who,
        event: &EnrollmentTotpStarted,
        attributes: Attributes,
    ) -> Asked {
        self.ask(Some((&who.person, who.language)), event, attributes)
            .await
    }

    /// `enrollment.totp.confirmed.v1`.
    pub fn totp_confirmation(who: &Who, code: &str) -> EnrollmentTotpConfirmed {
        EnrollmentTotpConfirmed {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            code: code.into(),
            language: Some(who.language()),
        }
    }

    /// `enrollment.sms.started.v1`: a number, as it was typed.
    pub async fn sms_started(&self, who: &Who, number: &str, attributes: Attributes) -> Asked {
        let event = EnrollmentSmsStarted {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            mobile_number: number.into(),
            language: Some(who.language()),
            region: Some("GB".to_owned()),
        };
        self.phones.has_number(&who.person, number);
        self.ask(Some((&who.person, who.language)), &event, attributes)
            .await
    }

    /// `enrollment.sms.confirmed.v1`.
    pub fn sms_confirmation(who: &Who, code: &str) -> EnrollmentSmsConfirmed {
        EnrollmentSmsConfirmed {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            code: code.into(),
            language: Some(who.language()),
        }
    }

    /// `enrollment.backup_codes.requested.v1`.
    pub fn new_backup_codes(who: &Who) -> EnrollmentBackupCodesRequested {
        EnrollmentBackupCodesRequested {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            language: Some(who.language()),
        }
    }

    /// Sends the event that brings backup codes, for the first time or again.
    pub async fn codes(&self, who: &Who, codes: &Codes) -> Asked {
        let person = Some((&who.person, who.language));
        match codes {
            Codes::Totp(event, attributes) => self.ask(person, event, attributes.clone()).await,
            Codes::Sms(event, attributes) => self.ask(person, event, attributes.clone()).await,
            Codes::New(event, attributes) => self.ask(person, event, attributes.clone()).await,
        }
    }

    /// `enrollment.method.reset.v1`: the person gives a method up.
    pub async fn method_reset(&self, who: &Who, method: Method, attributes: Attributes) -> Asked {
        let event = EnrollmentMethodReset {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            session_id: who.session_id.clone(),
            method,
            language: Some(who.language()),
        };
        self.ask(Some((&who.person, who.language)), &event, attributes)
            .await
    }

    /// `enrollment.browsers.forgotten.v1`: one remembered browser, or all after a new password.
    pub async fn browsers_forgotten(
        &self,
        who: &Who,
        browser_id: Option<String>,
        attributes: Attributes,
    ) -> Asked {
        let event = EnrollmentBrowsersForgottenEvent {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            browser_id,
            language: Some(who.language()),
        };
        self.ask(Some((&who.person, who.language)), &event, attributes)
            .await
    }

    /// `profile.requested.v1` by the person: with number, codes left and browsers.
    pub async fn own_profile(&self, who: &Who) -> Asked {
        let event = ProfileRequested {
            tenant_id: who.tenant_id(),
            user_id: who.user_id(),
            viewer_id: who.user_id(),
            session_id: Some(who.session_id.clone()),
        };
        self.ask(Some((&who.person, who.language)), &event, Attributes::new())
            .await
    }

    /// `profile.list.requested.v1`: the people of an institution, as an administrator may see them.
    pub async fn profiles(&self, administrator: &Person, of: &[&str]) -> Asked {
        let event = ProfileListRequested {
            tenant_id: administrator.institution.tenant_id.clone(),
            viewer_id: administrator.user_id.to_owned(),
            user_ids: of.iter().map(|user_id| (*user_id).to_owned()).collect(),
        };
        self.ask(None, &event, Attributes::new()).await
    }

    /// `enrollment.policy.requested.v1`.
    pub async fn policy(&self, administrator: &Person) -> Asked {
        let event = EnrollmentPolicyRequested {
            tenant_id: administrator.institution.tenant_id.clone(),
            viewer_id: administrator.user_id.to_owned(),
        };
        self.ask(None, &event, Attributes::new()).await
    }

    /// `enrollment.policy.set.v1`. The workers believe `admin_id`, so the page asks for the role.
    pub async fn policy_set(
        &self,
        institution: &Institution,
        admin_id: &str,
        required: bool,
        grace_days: i64,
        attributes: Attributes,
    ) -> Asked {
        let event = EnrollmentPolicySet {
            tenant_id: institution.tenant_id.clone(),
            admin_id: admin_id.to_owned(),
            required,
            grace_days,
        };
        self.ask(None, &event, attributes).await
    }

    /// `enrollment.exempted.v1`, for somebody who can use neither method. Its notice is in the
    /// language of the person, not of the administrator.
    pub async fn exempted(
        &self,
        person: &Arc<Person>,
        admin_id: &str,
        reason: &str,
        until: Timestamp,
        attributes: Attributes,
    ) -> Asked {
        let event = EnrollmentExempted {
            tenant_id: person.institution.tenant_id.clone(),
            user_id: person.user_id.to_owned(),
            admin_id: admin_id.to_owned(),
            reason: reason.to_owned(),
            until,
            language: Some(person.language.on_the_wire()),
        };
        self.ask(Some((person, person.language)), &event, attributes)
            .await
    }

    /// `reset.requested.v1`. On its outcome the page ends every session of the person.
    pub async fn reset(
        &self,
        person: &Arc<Person>,
        admin_id: &str,
        reason: &str,
        attributes: Attributes,
    ) -> Asked {
        let event = ResetRequested {
            tenant_id: person.institution.tenant_id.clone(),
            user_id: person.user_id.to_owned(),
            admin_id: admin_id.to_owned(),
            reason: reason.to_owned(),
            language: Some(person.language.on_the_wire()),
        };
        self.ask(Some((person, person.language)), &event, attributes)
            .await
    }

    /// Asks, keeps what passed, and sends the notice of the outcome to its person where it has one.
    async fn ask<E: Event>(
        &self,
        to: Option<(&Arc<Person>, Language)>,
        event: &E,
        attributes: Attributes,
    ) -> Asked {
        let asked = Timestamp::now();
        let answer = self.client.request_with(event, attributes.clone()).await;
        self.record.keep(event, &attributes, asked, &answer);
        match answer {
            Ok(answer) => {
                if let Some((person, language)) = to {
                    self.take(person, language, &answer);
                }
                match answer.outcome {
                    // A matter for the CRM's developers, not for the person.
                    Outcome::EventRejected(refused) => {
                        let field = refused.field.as_deref().unwrap_or("no one member");
                        eprintln!(
                            "{} {} was refused: {}, {field}. {}",
                            E::TYPE,
                            attributes.id,
                            refused.reason.as_str(),
                            refused.message
                        );
                        Err(NoAnswer)
                    }
                    outcome => Ok(outcome),
                }
            }
            Err(error) => {
                eprintln!("{error}");
                Err(NoAnswer)
            }
        }
    }

    /// The notice by e-mail; and, in the demo alone, what the person's phone takes in.
    fn take(&self, person: &Arc<Person>, language: Language, answer: &Answer) {
        self.phones.see(person, &answer.outcome);
        let notice = match &answer.outcome {
            Outcome::EnrollmentCompleted(outcome) => Some(&outcome.notice),
            Outcome::EnrollmentRemoved(outcome) => Some(&outcome.notice),
            Outcome::EnrollmentBackupCodes(outcome) => Some(&outcome.notice),
            Outcome::EnrollmentExemption(outcome) => Some(&outcome.notice),
            Outcome::ResetCompleted(outcome) => Some(&outcome.notice),
            Outcome::LoginAccepted(outcome) => outcome.notice.as_ref(),
            _ => None,
        };
        if let Some(notice) = notice {
            self.outbox
                .send(person, notice, language, &answer.envelope.id);
        }
    }
}
