use std::{env, error::Error};

use totp_rs::Totp;
use twofactor_client::types::{
    EnrollmentPolicySet, EnrollmentTotpConfirmed, EnrollmentTotpStarted, LoginAttempted,
};
use twofactor_client::{Client, Outcome};
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::new(&env::var("CRM_AMQP_URL").expect("CRM_AMQP_URL is set"));
    let tenant_id = format!("try-{}", Uuid::new_v4());
    let policy = EnrollmentPolicySet {
        tenant_id: tenant_id.clone(),
        admin_id: "root".into(),
        required: true,
        grace_days: 0,
    };
    client.request(&policy).await?;

    // The password was right.
    let login = LoginAttempted {
        tenant_id,
        user_id: "anna".into(),
        session_id: Uuid::new_v4().to_string(),
        ip: "203.0.113.7".into(),
        ..LoginAttempted::default()
    };
    let challenge = match client.request(&login).await?.outcome {
        Outcome::LoginChallenged(challenge) => challenge,
        other => return Err(format!("no challenge: {other:?}").into()), // An EventRejected says why.
    };
    println!("the page shows: {}", challenge.message);

    // A method must be set up first.
    let started = EnrollmentTotpStarted {
        tenant_id: login.tenant_id.clone(),
        user_id: login.user_id.clone(),
        session_id: login.session_id.clone(),
        account: "anna@example.org".into(),
        ..EnrollmentTotpStarted::default()
    };
    let Outcome::EnrollmentPending(pending) = client.request(&started).await?.outcome else {
        return Err("no set-up".into());
    };
    // The person's app does this; a CRM never does, and never keeps the key.
    let uri = pending.otpauth_uri.ok_or("no key")?;
    let code = Totp::from_url(uri.reveal())?.generate_current().to_string();
    let confirmed = EnrollmentTotpConfirmed {
        tenant_id: login.tenant_id.clone(),
        user_id: login.user_id.clone(),
        session_id: login.session_id.clone(),
        code: code.into(),
        language: None,
    };
    let Outcome::EnrollmentCompleted(completed) = client.request(&confirmed).await?.outcome else {
        return Err("the code was not right".into());
    };
    println!("by e-mail: {}", completed.notice);

    // This alone lets a person in.
    let Outcome::LoginAccepted(accepted) = client.request(&login).await?.outcome else {
        return Err("not let in".into());
    };
    println!("let in: {:?}", accepted.via);
    client.close().await;
    Ok(())
}
