//! The ten scenarios of every client, against real workers, broker and SMS sandbox, and the blocks
//! of the README.
//!
//! `cargo xtask clients rust` brings the stack up and runs them. Each makes its own institution.

mod control;
mod person;
mod readme;

use std::time::{Duration, Instant};

use control::{answer_next, control, texted_code, variable};
use jiff::Timestamp;
use person::Person;
use serde_json::json;
use twofactor_client::types::{
    EnrollmentSmsConfirmed, EnrollmentSmsStarted, Method, Next, Reason, Remembered, ResetRequested,
    SmsRequested, Via,
};
use twofactor_client::{Attributes, Client, Outcome};
use uuid::Uuid;

fn client() -> Client {
    Client::new(&variable("CRM_AMQP_URL"))
}

async fn person() -> Person {
    Person::new(&client()).await
}

fn via(outcome: &Outcome) -> &Via {
    match outcome {
        Outcome::LoginAccepted(accepted) => &accepted.via,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn first_login_with_set_up() {
    let person = person().await;
    let login = person.login();
    let answer = person.answer(&login).await;
    assert_eq!(answer.envelope.source, "/twofactor/login");
    assert_eq!(answer.envelope.subject.as_ref(), Some(&person.user_id));
    let Outcome::LoginChallenged(challenge) = answer.outcome else {
        panic!("{:?}", answer.outcome);
    };
    assert_eq!(challenge.next, Next::SetUp);
    assert!(challenge.methods.is_empty());
    let (_, completed) = person.sets_app_up().await;
    let printed = format!("{completed:?}");
    let codes = completed.backup_codes.expect("those of the first method");
    assert_eq!(codes.reveal().len(), 10);
    for code in codes.reveal() {
        assert!(!printed.contains(code), "a backup code is printed");
    }
    assert_eq!(via(&person.asks(&login).await), &Via::Enrolled);
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn totp() {
    let person = person().await;
    let (app, _) = person.sets_app_up().await;
    let person = person.anew();
    let Outcome::LoginChallenged(challenge) = person.asks(&person.login()).await else {
        panic!("no challenge");
    };
    assert_eq!(challenge.next, Next::EnterCode);
    assert_eq!(challenge.methods, [Method::Totp, Method::Backup]);
    let outcome = person.asks(&person.login_with(&app.code(1))).await;
    assert_eq!(via(&outcome), &Via::Totp);
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn wrong_code() {
    let person = person().await;
    let (app, _) = person.sets_app_up().await;
    let person = person.anew();
    let wrong = person.login_with(&app.wrong_code());
    let Outcome::LoginRejected(rejected) = person.asks(&wrong).await else {
        panic!("a wrong code was not rejected");
    };
    assert_eq!(rejected.reason, Reason::WrongCode);
    assert_eq!(rejected.next, Next::TryAnotherCode);
    assert!(!rejected.message.is_empty());
    let outcome = person.asks(&person.login_with(&app.code(1))).await;
    assert_eq!(via(&outcome), &Via::Totp);
}

/// A number that nobody else has, of those that the sandbox takes.
fn fresh_number() -> String {
    format!(
        "+447400{}",
        100_000 + Uuid::new_v4().as_fields().0 % 900_000
    )
}

async fn sets_text_up(person: &Person) -> Outcome {
    let number = fresh_number();
    let started = EnrollmentSmsStarted {
        tenant_id: person.tenant_id.clone(),
        user_id: person.user_id.clone(),
        session_id: person.session_id.clone(),
        mobile_number: number.as_str().into(),
        region: None,
        language: None,
    };
    let outcome = person.asks(&started).await;
    assert!(
        matches!(outcome, Outcome::EnrollmentPending(_)),
        "{outcome:?}"
    );
    let confirmed = EnrollmentSmsConfirmed {
        tenant_id: person.tenant_id.clone(),
        user_id: person.user_id.clone(),
        session_id: person.session_id.clone(),
        code: texted_code(&number).await.into(),
        language: None,
    };
    person.asks(&confirmed).await
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn text() {
    let person = person().await;
    let Outcome::EnrollmentCompleted(completed) = sets_text_up(&person).await else {
        panic!("the code of the text did not confirm the number");
    };
    assert_eq!(completed.method, Method::Sms);
    assert_eq!(via(&person.asks(&person.login()).await), &Via::Enrolled);
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn throttled() {
    let person = person().await;
    sets_text_up(&person).await;
    // The set-up's text was less than five minutes ago.
    let person = person.anew();
    let requested = SmsRequested {
        tenant_id: person.tenant_id.clone(),
        user_id: person.user_id.clone(),
        session_id: person.session_id.clone(),
        ..SmsRequested::default()
    };
    let Outcome::SmsThrottled(throttled) = person.asks(&requested).await else {
        panic!("a second text was sent");
    };
    assert_eq!(throttled.next, Next::Wait);
    assert!((1..=300).contains(&throttled.retry_after_seconds));
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn remembered() {
    let person = person().await;
    let (app, _) = person.sets_app_up().await;
    let person = person.anew();
    let mut login = person.login_with(&app.code(1));
    login.remember_me = Some(true);
    let Outcome::LoginAccepted(accepted) = person.asks(&login).await else {
        panic!("not let in");
    };
    let token = accepted.remember_token.expect("it was asked for");
    assert!(accepted.remembered_until.expect("it has an end") > Timestamp::now());
    let person = person.anew();
    let mut login = person.login();
    login.remember_token = Some(token);
    assert_eq!(via(&person.asks(&login).await), &Via::Remembered);
    let person = person.anew();
    let mut elsewhere = person.login();
    elsewhere.remember_token = login.remember_token;
    elsewhere.ip = "198.51.100.4".into();
    let Outcome::LoginChallenged(challenge) = person.asks(&elsewhere).await else {
        panic!("another address was let in");
    };
    assert_eq!(challenge.remembered, Some(Remembered::OtherIp));
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn reset_in_between() {
    let person = person().await;
    let app = person.starts_app().await;
    let confirmed = person.confirmation(&app);
    let received = Attributes {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        ..Attributes::at(Timestamp::now())
    };
    let reset = ResetRequested {
        tenant_id: person.tenant_id.clone(),
        user_id: person.user_id.clone(),
        admin_id: "root".into(),
        reason: "The phone was lost.".into(),
        ..ResetRequested::default()
    };
    let outcome = person.asks(&reset).await;
    assert!(matches!(outcome, Outcome::ResetCompleted(_)), "{outcome:?}");
    // It came in before the reset.
    let answer = person
        .client
        .request_with(&confirmed, received.clone())
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.envelope.causationid, Some(received.id));
    assert_eq!(answer.envelope.traceparent, received.traceparent);
    let Outcome::EnrollmentRejected(rejected) = answer.outcome else {
        panic!("{:?}", answer.outcome);
    };
    assert_eq!(rejected.reason, Reason::ResetSince);
    assert_eq!(rejected.next, Next::TryAgain);
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn reply_lost() {
    let person = person().await;
    let (app, _) = person.sets_app_up().await;
    let person = person.anew();
    let login = person.login_with(&app.code(1));
    control("/lose-next").await;
    let begun = Instant::now();
    // The same event again, so its code is not spent twice.
    assert_eq!(via(&person.asks(&login).await), &Via::Totp);
    assert!(begun.elapsed() >= Duration::from_secs(5));
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn broker_restarted_while_waiting() {
    let person = person().await;
    let (app, _) = person.sets_app_up().await;
    let person = person.anew();
    let login = person.login_with(&app.code(1));
    control("/workers/stop").await;
    let restarted = async {
        control("/broker/restart?after_ms=200").await;
        control("/workers/start").await;
    };
    let (outcome, ()) = tokio::join!(person.asks(&login), restarted);
    assert_eq!(via(&outcome), &Via::Totp);
    control("/connections/close").await;
    let outcome = person.asks(&person.login()).await;
    assert!(
        matches!(outcome, Outcome::LoginChallenged(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
#[ignore = "needs a stack: cargo xtask clients rust"]
async fn unknown_member_in_an_outcome() {
    let person = person().await;
    let login = person.login();
    let ids = json!({
        "tenant_id": person.tenant_id, "user_id": person.user_id,
        "session_id": person.session_id,
    });
    let mut data = ids.clone();
    data["reason"] = "phase_of_the_moon".into();
    data["next"] = "howl".into();
    data["message"] = "Not tonight.".into();
    data["methods"] = json!(["totp", "palm"]);
    data["unheard_of"] = json!({ "of": [true] });
    answer_next(json!({ "type": "login.rejected.v1", "data": data })).await;
    let Outcome::LoginRejected(rejected) = person.asks(&login).await else {
        panic!("another outcome came");
    };
    let reason = Reason::Unlisted("phase_of_the_moon".into());
    assert_eq!(rejected.reason, reason);
    assert_eq!(rejected.next, Next::TryAgain);
    assert_eq!(
        rejected.methods,
        [Method::Totp, Method::Unlisted("palm".into())]
    );
    answer_next(json!({ "type": "login.delayed.v1", "data": ids })).await;
    let outcome = person.asks(&login).await;
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(unknown.outcome_type, "login.delayed.v1");
    assert_eq!(unknown.data.reveal()["user_id"], json!(person.user_id));
}
