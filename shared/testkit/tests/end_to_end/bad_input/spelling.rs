//! What people type: codes in other digits, numbers in every spelling, reasons with anything.

use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Role};

use crate::bad_input::world;

/// A number as people write it, its region, and the same in E.164.
const SPELLINGS: [(&str, Option<&str>, &str); 13] = [
    ("+447400300001", None, "+447400300001"),
    ("+44 7400 300002", None, "+447400300002"),
    ("+44 (0)7400 300003", None, "+447400300003"),
    ("07400 300 004", Some("GB"), "+447400300004"),
    ("(07400) 300-005", Some("GB"), "+447400300005"),
    ("0044 7400 300006", Some("GB"), "+447400300006"),
    ("7400300007", Some("GB"), "+447400300007"),
    ("+44.7400.300.008", None, "+447400300008"),
    ("+447400300009", Some("IE"), "+447400300009"),
    ("+447400300010", Some("LT"), "+447400300010"),
    ("\u{202a}+447400300011\u{202c}", None, "+447400300011"),
    ("+44\u{a0}7400\u{a0}300012", None, "+447400300012"),
    ("\u{200b}07400\u{2011}300013", Some("GB"), "+447400300013"),
];

/// Inputs that are no mobile number, or one to which no texts go.
const NO_NUMBERS: [(&str, Option<&str>); 15] = [
    ("07400300010", None),
    ("", None),
    ("x", Some("GB")),
    ("+44", None),
    ("+4474003000", None),
    ("+447400300011999", None),
    ("+442079460000", None),
    ("+449098790000", None),
    ("+12015550123", None),
    ("+353851234567", None),
    ("0851234567", Some("IE")),
    ("999", Some("GB")),
    ("+44740030\u{0}0012", None),
    ("07400300013", Some("ZZ")),
    ("tel:07400300014;phone-context=+44;evil", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_cannot_be_one_spends_and_counts_nothing() {
    let (world, operator, _) = world().await;
    let crm = &world.crm;
    let institution = Institution::strict(crm).await.expect("a policy");
    let person = institution.person();
    let (app, completed) = person.set_up_totp(crm).await.expect("an app");
    let now = jiff::Timestamp::now();
    let code = app.code_at(now);
    let digits = |zero: char| -> String {
        let shift = |digit: char| char::from_u32(u32::from(zero) + u32::from(digit) - 48);
        code.chars().filter_map(shift).collect()
    };
    let typed = [
        digits('０'),
        digits('٠'),
        digits('०'),
        digits('𝟎'),
        format!("{code}0"),
        code[..5].to_owned(),
        format!("_{code}"),
        format!("{code}\u{0}"),
        format!("+{code}"),
        "abcdef".to_owned(),
        String::new(),
        "9".repeat(10_000),
    ];
    for typed in &typed {
        let login = person.anew().login_by("totp", typed).at(now);
        let answer = crm.ask(&login).await.expect("an outcome");
        assert_eq!(answer.kind(), "login.rejected.v1", "{typed:?}");
        assert_eq!(answer["reason"], "malformed_code", "{typed:?}");
        assert_eq!(answer["next"], "try_another_code", "{typed:?}");
        assert!(
            !answer.has("retry_after_seconds"),
            "{typed:?} is not counted"
        );
    }
    let spaced = format!(
        "\u{202a} {}\u{a0}\u{2011}{} \u{202c}",
        &code[..3],
        &code[3..]
    );
    let login = person.anew().login_by("totp", &spaced).at(now);
    let accepted = crm.ask_for(&login, "login.accepted.v1").await;
    accepted.expect("spaces and dashes are dropped");
    for (at, dash) in [" ", "\u{2010}", "\u{2013}\u{200b}"]
        .into_iter()
        .enumerate()
    {
        let messy = completed.list("backup_codes")[at]
            .to_lowercase()
            .replace('-', dash)
            .replace('0', "O")
            .replace('1', "l");
        let login = person.anew().login_by("backup", &messy);
        let accepted = crm.ask_for(&login, "login.accepted.v1").await;
        accepted.expect("O is 0, L is 1, and any dash is none");
    }
    assert_eq!(operator.count(Service::Login).await.expect("a count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_taken_in_every_spelling_and_refused_where_it_is_none() {
    let (world, operator, person) = world().await;
    let start = |number: &str, region: Option<&str>| {
        let mut someone = person.colleague();
        number.clone_into(&mut someone.number);
        let event = someone.start_sms();
        match region {
            Some(region) => event.with_data("region", json!(region)),
            None => event,
        }
    };
    for (number, region, sent_to) in SPELLINGS {
        let event = start(number, region);
        let answer = world.crm.ask_for(&event, "enrollment.pending.v1").await;
        assert!(answer.is_ok(), "{number}: {answer:?}");
        assert_eq!(
            world.sms.texts_to(sent_to).await.expect("texts").len(),
            1,
            "{number}"
        );
    }
    let sent = world.sms.all_texts().await.expect("texts").len();
    for (number, region) in NO_NUMBERS {
        let answer = world
            .crm
            .ask(&start(number, region))
            .await
            .expect("an outcome");
        assert_eq!(
            answer.kind(),
            "enrollment.rejected.v1",
            "{number:?}: {}",
            answer.as_string()
        );
        assert_eq!(answer["reason"], "invalid_number", "{number:?}");
        assert_eq!(answer["next"], "try_again", "{number:?}");
    }
    let since = world.sms.all_texts().await.expect("texts").len();
    assert_eq!(since, sent, "nothing was sent to what is no number");
    assert_eq!(
        operator.count(Service::Enrollment).await.expect("a count"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_may_hold_anything_and_the_trail_holds_no_number_of_it() {
    let (world, operator, person) = world().await;
    let auditor = world.database.connect(Role::Auditor).await;
    let table = [
        ("lost the phone", "lost the phone"),
        ("a\u{0}b\u{7}c\r\nd\u{7f}e\u{85}f", "a b c  d e f"),
        ("call 07400123456 now", "call [removed] now"),
        ("(07400) 123456", "([removed]"),
        ("+44 (0) 7400 123456", "+[removed]"),
        (
            "2026-11-24 10:30, ticket 4711",
            "2026-11-24 10:30, ticket 4711",
        ),
        (
            "'; drop table audit.reset_log; --",
            "'; drop table audit.reset_log; --",
        ),
        ("🔑 смена телефона", "🔑 смена телефона"),
    ];
    for (reason, kept) in table {
        let event = person.reset(reason);
        let done = world.crm.ask_for(&event, "reset.completed.v1").await;
        done.expect("any reason will do");
        let sql = "select admin_reason from audit.reset_log where event_id = $1";
        let row = auditor.query_one(sql, &[&event.id()]).await.expect("a row");
        assert_eq!(row.get::<_, &str>(0), kept, "{reason:?}");
    }
    let event = person.reset(&"ü".repeat(500));
    let done = world.crm.ask_for(&event, "reset.completed.v1").await;
    done.expect("500 characters are allowed");
    assert_eq!(operator.count(Service::Reset).await.expect("a count"), 0);
}
