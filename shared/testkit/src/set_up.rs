//! Flows of several steps: set a method up, and receive a code by text.
//!
//! It expects every step to work; a test of a refusal sends the events one by one.

use anyhow::Result;
use jiff::Timestamp;

use crate::authenticator::Authenticator;
use crate::crm::Crm;
use crate::outcome::Outcome;
use crate::person::Person;
use crate::sandbox::SmsSandbox;

impl Person {
    /// Starts to set an authenticator app up; the app has the key and waits for its first code.
    pub async fn scan_picture(&self, crm: &Crm) -> Result<Authenticator> {
        let pending = crm
            .ask_for(&self.start_totp(), "enrollment.pending.v1")
            .await?;
        Authenticator::scan(pending.str("qr_png"))
    }

    /// Sets an authenticator app up, from the picture to the first code. The code is that of the
    /// step before, so that this step's and the next one's can be used at once.
    pub async fn set_up_totp(&self, crm: &Crm) -> Result<(Authenticator, Outcome)> {
        let app = self.scan_picture(crm).await?;
        let now = Timestamp::now();
        let confirmed = self.confirm_totp(&app.code_steps_from(now, -1)).at(now);
        let completed = crm.ask_for(&confirmed, "enrollment.completed.v1").await?;
        Ok((app, completed))
    }

    /// Starts to set the person's number up; returns the code that was sent to it.
    pub async fn receive_code(&self, crm: &Crm, sms: &SmsSandbox) -> Result<String> {
        crm.ask_for(&self.start_sms(), "enrollment.pending.v1")
            .await?;
        Ok(sms.newest_to(&self.number).await?.code().to_owned())
    }

    /// Sets the person's number up, from the text to its code.
    pub async fn set_up_sms(&self, crm: &Crm, sms: &SmsSandbox) -> Result<Outcome> {
        let confirmed = self.confirm_sms(&self.receive_code(crm, sms).await?);
        crm.ask_for(&confirmed, "enrollment.completed.v1").await
    }

    /// Logs in with an app or number that this session has just set up; the session may then
    /// change what is set up.
    pub async fn enter_after_set_up(&self, crm: &Crm) -> Result<Outcome> {
        crm.ask_for(&self.login(), "login.accepted.v1").await
    }

    /// Requests a text for this login and reads its code.
    pub async fn texted_code(&self, crm: &Crm, sms: &SmsSandbox) -> Result<String> {
        crm.ask_for(&self.request_text(), "sms.sent.v1").await?;
        Ok(sms.newest_to(&self.number).await?.code().to_owned())
    }
}
