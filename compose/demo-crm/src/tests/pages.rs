//! What the pages show, and what they never do.

use axum::http::StatusCode;
use twofactor_client::Example;

use super::browser::Crm;

#[tokio::test]
async fn each_page_has_its_headers_and_its_frame() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("olwen@north.example").await;
    for (path, answers) in [
        ("/account", vec![]),
        ("/account/two-factor", vec!["profile.v1"]),
        ("/account/two-factor/reset?method=totp", vec!["profile.v1"]),
        ("/admin", vec!["profile.list.v1", "enrollment.policy.v1"]),
        ("/login/help", vec![]),
        ("/mail", vec![]),
        ("/behind-the-scenes", vec![]),
        ("/phone", vec![]),
        ("/nothing", vec![]),
    ] {
        for answer in answers {
            crm.fake.answers(answer);
        }
        browser.get(path).await;
        let header = |name: &str| browser.headers[name].to_str().expect("ASCII");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        let page = &browser.page;
        assert!(page.contains("<html lang=\"en\">"), "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        for part in [
            "class=\"skip\"",
            "<main id=\"main\"",
            "id=\"announce\"",
            "This is a demo",
        ] {
            assert!(page.contains(part), "{path}: {part}");
        }
        for inline in ["<style", " style=", " onclick", "<script>", "http-equiv"] {
            assert!(!page.contains(inline), "{path}: {inline}");
        }
        let mut ids: Vec<&str> = page.split(" id=\"").skip(1).collect();
        let all = ids.len();
        for id in &mut ids {
            *id = id.split('"').next().unwrap_or(id);
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{path}: ids are unique");
    }
    for file in ["/static/style.css", "/static/app.js", "/static/icon.svg"] {
        browser.get(file).await;
        assert_eq!(browser.status, StatusCode::OK, "{file}");
        assert!(
            browser.headers.contains_key("content-security-policy"),
            "{file}"
        );
    }
}

#[tokio::test]
async fn the_field_is_of_the_method() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    crm.fake
        .answers(Example::of("login.challenged.v1").with("methods", vec!["totp", "sms", "backup"]));
    browser.log_in("dan@north.example").await;
    for (method, has) in [
        ("totp", vec!["inputmode=\"numeric\""]),
        (
            "sms",
            vec![
                "inputmode=\"text\"",
                "autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\"",
            ],
        ),
        ("backup", vec!["inputmode=\"text\""]),
    ] {
        browser.get(&format!("/login/code?method={method}")).await;
        let field = browser.tag("code").to_owned();
        for part in has {
            assert!(field.contains(part), "{method}: {field}");
        }
        assert!(
            field.contains("type=\"text\"") && field.contains("autocomplete=\"one-time-code\"")
        );
        assert!(field.contains("aria-describedby=\"code-hint\""));
        for wrong in ["maxlength", "pattern", "value="] {
            assert!(!field.contains(wrong), "{method}: {field}");
        }
        for other in ["totp", "sms", "backup"] {
            let link = browser.tag(&format!("method-{other}"));
            assert_eq!(link.contains("aria-current=\"page\""), other == method);
        }
        assert!(!browser.tag("remember").contains("checked"));
    }
}

#[tokio::test]
async fn only_what_is_set_up_is_offered() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    crm.fake
        .answers(Example::of("login.challenged.v1").with("methods", vec!["sms"]));
    browser.log_in("carys@north.example").await;
    browser.get("/login/code?method=totp").await;
    assert!(browser.page.contains("id=\"method-sms\""));
    assert!(!browser.page.contains("id=\"method-totp\""));
    assert!(!browser.page.contains("id=\"method-backup\""));
    assert!(browser.page.contains("name=\"method\" value=\"sms\""));
}

#[tokio::test]
async fn after_a_wrong_code_the_field_is_empty_and_the_choice_is_kept() {
    let crm = Crm::new();
    let mut browser = crm.challenged("ben@north.example").await;
    crm.fake
        .answers(Example::of("login.rejected.v1").because("wrong_code"));
    let fields = [("code", "987654"), ("remember", "yes")];
    browser.submit("/login/code", &fields).await;
    let location = browser.location().to_owned();
    browser.get(&location).await;
    let field = browser.tag("code");
    assert!(field.contains("aria-invalid=\"true\""), "{field}");
    assert!(
        field.contains("aria-describedby=\"code-hint code-error\""),
        "{field}"
    );
    assert!(browser.tag("remember").contains("checked"));
    assert!(browser.page.contains("<a href=\"#code\">"));
    assert!(!browser.page.contains("987654"));
}

#[tokio::test]
async fn a_text_that_comes_too_early_is_a_wait_and_the_button_says_how_long() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    crm.fake
        .answers(Example::of("login.challenged.v1").with("methods", vec!["sms"]));
    browser.log_in("carys@north.example").await;
    browser.get("/login/code").await;
    crm.fake
        .answers(Example::of("sms.throttled.v1").with("retry_after_seconds", 250));
    browser.submit("/login/text", &[]).await;
    browser.get("/login/code?method=sms").await;
    let button = browser.tag("send-text");
    assert!(button.contains("aria-disabled=\"true\""), "{button}");
    assert!(!button.contains(" disabled"), "{button}");
    let wait = browser.tag("next-text");
    assert!(wait.contains("data-countdown=\"250\"") || wait.contains("data-countdown=\"249\""));
    browser.get("/login/code?method=sms").await;
    assert!(browser.tag("next-text").contains("data-countdown=\"2"));
}

#[tokio::test]
async fn no_page_has_the_number() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("olwen@north.example").await;
    for (path, answers) in [
        ("/account/two-factor", vec!["profile.v1"]),
        ("/admin", vec!["profile.list.v1", "enrollment.policy.v1"]),
        ("/admin/people/ben", vec!["profile.list.v1"]),
        ("/behind-the-scenes", vec![]),
    ] {
        for answer in answers {
            crm.fake.answers(answer);
        }
        browser.get(path).await;
        assert_eq!(browser.status, StatusCode::OK, "{path}");
        let without_phone = browser.page.split("<aside").next().expect("the page");
        assert!(!without_phone.contains("+447"), "{path}");
    }
}

#[tokio::test]
async fn a_reload_keeps_the_set_up_by_the_same_event_and_says_when_it_is_over() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("gwen@south.example").await;
    crm.fake
        .answers(Example::of("profile.v1").with("methods", Vec::<String>::new()));
    browser.get("/account/two-factor").await;
    let pending = |minutes: i64| {
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        Example::of("enrollment.pending.v1").with("expires_at", until.to_string())
    };
    crm.fake.answers(pending(15));
    browser.submit("/set-up/totp", &[]).await;
    for _ in 0..2 {
        crm.fake.answers(pending(15));
        crm.fake.answers("profile.v1");
        browser.get("/account/two-factor").await;
        assert!(browser.page.contains("id=\"otpauth\""));
        assert!(browser.tag("qr").contains("data:image/png;base64,"));
        assert!(browser.tag("steps").starts_with("<ol"));
    }
    let requests = crm.fake.requests();
    let mut starts = requests.iter();
    let mut starts = starts
        .by_ref()
        .filter(|event| event["type"] == "enrollment.totp.started.v1");
    let first = starts.next().expect("a start");
    assert!(starts.all(|again| again == first));
    // The workers keep its secrets for 15 minutes.
    let gone = pending(15)
        .with("secret", serde_json::Value::Null)
        .with("qr_png", serde_json::Value::Null)
        .with("otpauth_uri", serde_json::Value::Null)
        .with("secrets_gone", true);
    crm.fake.answers(gone);
    crm.fake
        .answers(Example::of("profile.v1").with("methods", Vec::<String>::new()));
    browser.get("/account/two-factor").await;
    assert!(browser.page.contains("That set-up is over"));
    assert!(browser.page.contains("id=\"start-totp\""));
}

#[tokio::test]
async fn backup_codes_are_shown_until_they_are_saved() {
    let crm = Crm::new();
    let mut browser = crm.signed_in("ben@north.example").await;
    crm.fake.answers("profile.v1");
    browser.get("/account/two-factor").await;
    crm.fake.answers("enrollment.backup_codes.v1");
    browser
        .submit("/account/two-factor/backup-codes", &[])
        .await;
    assert_eq!(browser.location(), "/set-up/codes");
    crm.fake.answers("enrollment.backup_codes.v1");
    browser.get("/set-up/codes.txt").await;
    assert!(
        browser.headers["content-disposition"]
            .to_str()
            .is_ok_and(|value| value.starts_with("attachment"))
    );
    crm.fake.answers("enrollment.backup_codes.v1");
    browser.get("/set-up/codes").await;
    let list = browser
        .page
        .split("id=\"backup-codes\"")
        .nth(1)
        .expect("the codes");
    let list = list.split("</ul>").next().expect("a list");
    let first = list
        .split("<code>")
        .nth(1)
        .and_then(|code| code.split('<').next());
    let first = first.expect("a code").to_owned();
    assert_eq!(list.matches("<code>").count(), 10);
    // Not before the box is ticked.
    let body = browser.filled_in("/set-up/saved", &[]);
    browser.post("/set-up/saved", &body).await;
    assert_eq!(browser.location(), "/set-up/codes");
    browser
        .post("/set-up/saved", &format!("{body}&saved=yes"))
        .await;
    assert_eq!(browser.location(), "/account/two-factor");
    browser.get("/set-up/codes").await;
    assert_eq!(browser.location(), "/account/two-factor");
    browser.get("/behind-the-scenes").await;
    assert!(!browser.page.contains(&first));
}

#[tokio::test]
async fn a_link_changes_the_language_of_pages_and_of_events() {
    let crm = Crm::new();
    let mut browser = crm.browser();
    browser.get("/login?lang=cy").await;
    assert!(browser.page.contains("<html lang=\"cy\">"));
    assert!(browser.page.contains("<h1>Mewngofnodi</h1>"));
    crm.fake.answers("login.challenged.v1");
    browser.log_in("ben@north.example").await;
    assert_eq!(crm.newest("language"), "cy");
    browser.get("/login/code?method=totp").await;
    let link = browser.tag("language");
    assert!(
        link.contains("href=\"/login/code?method=totp&#38;lang=en\""),
        "{link}"
    );
}
