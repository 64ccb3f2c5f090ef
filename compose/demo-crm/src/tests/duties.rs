//! What a CRM owes besides: forms of its own alone, sessions that end, mail, and who may do what.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use twofactor_client::Example;

use super::browser::Crm;

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("olwen@north.example").await;
    let sent = crm.fake.requests().len();
    for path in [
        "/login",
        "/login/code",
        "/login/text",
        "/logout",
        "/place",
        "/set-up/totp",
        "/set-up/totp/confirm",
        "/set-up/sms",
        "/set-up/sms/confirm",
        "/set-up/cancel",
        "/set-up/saved",
        "/account/password",
        "/account/two-factor/reset",
        "/account/two-factor/backup-codes",
        "/account/two-factor/forget",
        "/admin/policy",
        "/admin/people/ben/reset",
        "/admin/people/ben/reset/confirm",
        "/admin/people/ben/exempt",
    ] {
        browser.post(path, "csrf=guess&method=totp&reason=x").await;
        assert_eq!(browser.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            browser.page.contains("That form is no longer good"),
            "{path}"
        );
    }
    assert_eq!(crm.fake.requests().len(), sent);
    browser.get("/account").await;
    assert_eq!(browser.status, StatusCode::OK, "still logged in");
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing_even_with_the_token() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("ben@north.example").await;
    browser.get("/account").await;
    let body = browser.filled_in("/logout", &[]);
    let request = Request::post("/logout")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    browser.send(request, Body::from(body)).await;
    assert_eq!(browser.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_same_session_is_needed_for_a_token() {
    let crm = Crm::new();
    let mut mine = crm.signed_in("ben@north.example").await;
    mine.get("/account").await;
    let body = mine.filled_in("/logout", &[]);
    let mut theirs = crm.signed_in("dan@north.example").await;
    theirs.post("/logout", &body).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_reset_needs_a_reason_and_ends_every_session_of_the_person() {
    let crm = Crm::new();
    let mut first = crm.signed_in("ben@north.example").await;
    let mut second = crm.signed_in("ben@north.example").await;
    let mut dan = crm.signed_in("dan@north.example").await;
    let mut admin = crm.signed_in("olwen@north.example").await;
    crm.fake.answers("profile.list.v1");
    admin.get("/admin/people/ben").await;
    let form = "/admin/people/ben/reset";
    let body = admin.filled_in(form, &[]);
    admin.post(form, &body).await;
    assert_eq!(admin.location(), "/admin/people/ben");
    admin
        .post(form, &format!("{body}&reason=Lost%20the%20phone"))
        .await;
    // The reason is in no address, where logs would have it.
    assert_eq!(admin.location(), form);
    admin.get(form).await;
    assert!(admin.page.contains("Ben Okafor") && admin.page.contains("Lost the phone"));
    crm.fake.answers("reset.completed.v1");
    admin.submit("/admin/people/ben/reset/confirm", &[]).await;
    assert_eq!(crm.newest("reason"), "Lost the phone");
    assert_eq!(crm.newest("admin_id"), "olwen");
    for browser in [&mut first, &mut second] {
        browser.get("/account").await;
        assert_eq!(browser.location(), "/login");
    }
    for browser in [&mut dan, &mut admin] {
        browser.get("/account").await;
        assert_eq!(browser.status, StatusCode::OK);
    }
    // Its notice went to the person.
    admin.get("/mail").await;
    assert!(admin.page.contains("ben@north.example"));
}

#[tokio::test]
async fn a_reset_without_an_answer_ends_nothing() {
    let crm = Crm::new();
    let mut ben = crm.signed_in("ben@north.example").await;
    let mut admin = crm.signed_in("olwen@north.example").await;
    crm.fake.answers("profile.list.v1");
    admin.get("/admin/people/ben").await;
    admin
        .submit("/admin/people/ben/reset", &[("reason", "x")])
        .await;
    admin.get("/admin/people/ben/reset").await;
    crm.fake.no_answer();
    admin.submit("/admin/people/ben/reset/confirm", &[]).await;
    ben.get("/account").await;
    assert_eq!(ben.status, StatusCode::OK);
}

#[tokio::test]
async fn only_an_administrator_of_the_same_institution_may() {
    let crm = Crm::new();
    let mut ben = crm.signed_in("ben@north.example").await;
    let sent = crm.fake.requests().len();
    for path in ["/admin", "/admin/people/dan", "/admin/people/dan/reset"] {
        ben.get(path).await;
        assert_eq!(ben.status, StatusCode::FORBIDDEN, "{path}");
    }
    ben.get("/account").await;
    let token = ben.filled_in("/logout", &[]);
    for path in [
        "/admin/policy",
        "/admin/people/dan/reset",
        "/admin/people/dan/reset/confirm",
        "/admin/people/dan/exempt",
    ] {
        ben.post(path, &format!("{token}&reason=x&grace_days=0"))
            .await;
        assert_eq!(ben.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut admin = crm.signed_in("priya@south.example").await;
    admin.get("/account").await;
    let token = admin.filled_in("/logout", &[]);
    admin.get("/admin/people/ben").await;
    assert_eq!(admin.status, StatusCode::NOT_FOUND);
    admin
        .post(
            "/admin/people/ben/reset/confirm",
            &format!("{token}&reason=x"),
        )
        .await;
    // Nobody resets themselves.
    admin
        .post(
            "/admin/people/priya/reset/confirm",
            &format!("{token}&reason=x"),
        )
        .await;
    assert_eq!(
        crm.fake.requests().len(),
        sent + 1,
        "a login, and nothing else"
    );
}

#[tokio::test]
async fn a_new_password_forgets_browsers_and_ends_the_other_sessions() {
    let crm = Crm::new();
    let mut here = crm.signed_in("ben@north.example").await;
    let mut elsewhere = crm.signed_in("ben@north.example").await;
    let fields = [
        ("password", "ben-likes-the-demo"),
        ("new", "a longer password of Ben's"),
    ];
    here.get("/account").await;
    crm.fake.no_answer();
    here.submit("/account/password", &fields).await;
    elsewhere.get("/account").await;
    assert_eq!(elsewhere.status, StatusCode::OK, "no answer, no change");
    here.get("/account").await;
    crm.fake.answers("enrollment.browsers_forgotten.v1");
    here.submit("/account/password", &fields).await;
    assert_eq!(crm.newest("type"), "enrollment.browsers.forgotten.v1");
    assert_eq!(crm.newest("browser_id"), "", "all of them");
    elsewhere.get("/account").await;
    assert_eq!(elsewhere.location(), "/login");
    here.get("/account").await;
    assert_eq!(here.status, StatusCode::OK);
    let ben = crm.app.people.by_email("ben@north.example").expect("Ben");
    assert!(ben.has_password("a longer password of Ben's"));
    let all = format!("{:?}", crm.fake.requests());
    assert!(
        !all.contains("longer password"),
        "a password never crosses the broker"
    );
}

#[tokio::test]
async fn a_notice_is_one_mail_however_often_its_outcome_comes() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("ben@north.example").await;
    crm.fake.answers("profile.v1");
    browser.get("/account/two-factor").await;
    let subject = Example::of("enrollment.backup_codes.v1");
    crm.fake.answers(subject.clone());
    browser
        .submit("/account/two-factor/backup-codes", &[])
        .await;
    let before = crm.app.second_factor.outbox.list().len();
    crm.fake.answers(subject);
    browser.get("/set-up/codes").await;
    assert_eq!(crm.app.second_factor.outbox.list().len(), before);
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("ben@north.example").await;
    let cookies = browser.cookies.clone();
    browser.get("/account").await;
    browser.submit("/logout", &[]).await;
    browser.cookies = cookies;
    browser.get("/account").await;
    assert_eq!(browser.location(), "/login");
}
