//! Who is let in, and who is not.

use axum::http::StatusCode;
use serde_json::Value;
use twofactor_client::Example;
use twofactor_client::types::OUTCOME_TYPES;

use super::browser::Crm;
use crate::session::COOKIE;

#[tokio::test]
async fn login_accepted_alone_lets_a_person_in() {
    for outcome_type in OUTCOME_TYPES {
        let crm = Crm::new();
        let mut browser = crm.browser();
        crm.fake.answers(outcome_type);
        browser.log_in("ben@north.example").await;
        assert_eq!(browser.status, StatusCode::SEE_OTHER, "{outcome_type}");
        browser.get("/account").await;
        let is_in = browser.status == StatusCode::OK;
        assert_eq!(is_in, outcome_type == "login.accepted.v1", "{outcome_type}");
    }
}

#[tokio::test]
async fn a_wrong_password_asks_nobody() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    browser.get("/login").await;
    let fields = [("email", "ben@north.example"), ("password", "a guess")];
    browser.submit("/login", &fields).await;
    assert!(crm.fake.requests().is_empty());
    browser.get("/login").await;
    assert!(browser.page.contains("<title>Error: "));
    assert!(browser.tag("email").contains("value=\"ben@north.example\""));
    assert!(!browser.page.contains("a guess"));
}

#[tokio::test]
async fn no_answer_lets_nobody_in_and_the_retry_is_the_same_event() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    crm.fake.no_answer();
    browser.submit("/login/code", &[("code", "123456")]).await;
    assert_eq!(browser.location(), "/login/code?method=totp");
    browser.get("/login/code?method=totp").await;
    assert!(browser.page.contains("We cannot check that just now"));
    crm.fake.answers("login.accepted.v1");
    browser.submit("/login/code", &[("code", "123456")]).await;
    assert_eq!(browser.location(), "/account");
    let requests = crm.fake.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[1], requests[2]);
}

#[tokio::test]
async fn a_double_click_is_one_event_and_lets_in_once_more() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    let body = browser.filled_in("/login/code", &[("code", "123456")]);
    let before = browser.cookies.clone();
    crm.fake.answers("login.accepted.v1");
    browser.post("/login/code", &body).await;
    // The browser had not seen the first answer when it was clicked again.
    browser.cookies = before;
    crm.fake.answers("login.accepted.v1");
    browser.post("/login/code", &body).await;
    assert_eq!(browser.location(), "/account");
    browser.get("/account").await;
    assert_eq!(browser.status, StatusCode::OK);
    let requests = crm.fake.requests();
    assert_eq!(requests[1], requests[2]);
}

#[tokio::test]
async fn another_code_in_the_same_form_is_another_event() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    let first = browser.filled_in("/login/code", &[("code", "123456")]);
    let second = browser.filled_in("/login/code", &[("code", "654321")]);
    for body in [first, second] {
        crm.fake
            .answers(Example::of("login.rejected.v1").because("wrong_code"));
        browser.post("/login/code", &body).await;
    }
    let requests = crm.fake.requests();
    assert_ne!(requests[1]["id"], requests[2]["id"]);
}

#[tokio::test]
async fn a_session_begins_under_a_new_id() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    browser.get("/login").await;
    let prepared = browser.cookies[COOKIE].clone();
    crm.fake.answers("login.accepted.v1");
    browser.log_in("ben@north.example").await;
    assert_ne!(browser.cookies[COOKIE], prepared);
    // Whoever had prepared the old one is not in.
    let mut other = crm.browser();
    other.cookies.insert(COOKIE.to_owned(), prepared.clone());
    other.get("/account").await;
    assert_eq!(other.location(), "/login");
    let session_id = crm.newest("session_id");
    for cookie in [&prepared, &browser.cookies[COOKIE]] {
        assert!(!session_id.contains(cookie.as_str()));
    }
}

#[tokio::test]
async fn a_login_has_one_name_from_the_password_to_the_session() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    crm.fake.answers("login.accepted.v1");
    browser.submit("/login/code", &[("code", "123 456")]).await;
    let requests = crm.fake.requests();
    let name = |at: usize| requests[at]["data"]["session_id"].clone();
    assert_eq!(name(0), name(1));
    // What was typed goes as it is; the address is the person's; nothing like a password crosses.
    assert_eq!(requests[1]["data"]["code"]["value"], "123 456");
    assert_eq!(requests[1]["data"]["ip"], "203.0.113.7");
    let all = serde_json::to_string(&requests).expect("JSON");
    assert!(!all.contains("likes-the-demo"));
}

#[tokio::test]
async fn a_remembered_browser_is_a_cookie_that_is_kept_or_deleted_as_the_answer_says() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30 * 24);
    crm.fake.answers(
        Example::of("login.accepted.v1")
            .with("remember_token", "the-token")
            .with("remembered_until", until.to_string()),
    );
    let fields = [("code", "123456"), ("remember", "yes")];
    browser.submit("/login/code", &fields).await;
    assert_eq!(crm.newest("remember_me"), "true");
    let mut names = browser.cookies.keys();
    let name = names.find(|name| name.starts_with("__Host-remember-"));
    let name = name.expect("a cookie").clone();
    assert!(name.ends_with("-ben"), "{name}");
    assert_eq!(browser.cookies[&name], "the-token");
    browser.cookies.remove(COOKIE);
    for (remembered, is_kept) in [("other_ip", true), ("expired", false), ("unknown", false)] {
        browser.cookies.insert(name.clone(), "the-token".to_owned());
        crm.fake
            .answers(Example::of("login.challenged.v1").with("remembered", remembered));
        browser.log_in("ben@north.example").await;
        assert_eq!(crm.newest("remember_token"), "the-token");
        assert_eq!(browser.cookies.contains_key(&name), is_kept, "{remembered}");
    }
    // A colleague's login at the same browser has nothing to do with it.
    crm.fake.answers("login.challenged.v1");
    browser.log_in("dan@north.example").await;
    assert_eq!(
        crm.fake.requests().last().expect("one")["data"]["remember_token"],
        Value::Null
    );
}

#[tokio::test]
async fn each_next_leads_to_its_page() {
    for (reason, location) in [
        ("stale_event", "/login"),
        ("reset_since", "/login"),
        ("method_not_set_up", "/login/code?method=totp"),
        ("locked", "/login/code?method=totp"),
        ("too_many_failures", "/login/code?method=totp"),
        ("wrong_code", "/login/code?method=totp"),
    ] {
        let crm = Crm::new();
        let mut browser = crm.challenged("ben@north.example").await;
        crm.fake
            .answers(Example::of("login.rejected.v1").because(reason));
        browser.submit("/login/code", &[("code", "123456")]).await;
        assert_eq!(browser.location(), location, "{reason}");
        browser.get(location).await;
        assert!(browser.page.contains("<title>Error: "), "{reason}");
        assert!(browser.page.contains("id=\"error-summary\""), "{reason}");
    }
    let crm = Crm::new();
    let mut browser = crm.browser();
    let challenge = Example::of("login.challenged.v1");
    crm.fake.answers(
        challenge
            .with("next", "set_up")
            .with("methods", Vec::<String>::new()),
    );
    browser.log_in("anna@north.example").await;
    assert_eq!(browser.location(), "/login/set-up");
}
