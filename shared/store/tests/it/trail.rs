//! The trail: the columns that auditors rely on, and what a batch adds.

use std::net::IpAddr;

use tokio_postgres::Column;
use tokio_postgres::types::Type;
use twofactor_contract::{Method, Service, Via};
use twofactor_rules::Needs;
use twofactor_rules::state::TextPurpose;
use twofactor_rules::trail::{Notes, PolicyChange, TextCall, TrailRow};
use twofactor_testkit::Role;
use uuid::Uuid;

use crate::cast::{Stage, hash, policy};

const BASE: &str = "seq recorded_at occurred_at event_id source event_type outcome_id \
    outcome_type tenant_id user_id actor_id session_id method reason";

#[tokio::test]
async fn the_columns_are_those_that_auditors_rely_on() {
    let stage = Stage::new().await;
    let client = stage.database.connect(Role::Auditor).await;
    let login = format!("{BASE} ip via policy_required");
    let with_reason = format!("{BASE} admin_reason");
    let table = [
        ("login_log", login.as_str()),
        ("logins_without_code", &login),
        ("sms_log", BASE),
        ("enrollment_log", &with_reason),
        ("reset_log", &with_reason),
        (
            "text_log",
            "seq recorded_at tenant_id user_id session_id event_id purpose number_ref country \
             provider provider_ref result",
        ),
        (
            "policy_log",
            "seq recorded_at tenant_id actor_id required grace_days required_before \
             grace_days_before",
        ),
        ("operator_log", "seq recorded_at actor_id command detail"),
    ];
    for (name, columns) in table {
        let statement = client.prepare(&format!("select * from audit.{name}")).await;
        let statement = statement.expect("an auditor reads it");
        let found: Vec<_> = statement.columns().iter().map(Column::name).collect();
        assert_eq!(found.join(" "), columns, "{name}");
        assert_eq!(statement.columns()[0].type_(), &Type::INT8);
    }
}

fn row(log: Service, id: u128, notes: Notes) -> TrailRow {
    let text = |text: &str| Some(text.into());
    TrailRow {
        log,
        event_id: text("event"),
        source: text("/crm"),
        event_type: text("some.type.v1"),
        occurred_at: Some(jiff::Timestamp::UNIX_EPOCH),
        outcome_id: Uuid::from_u128(id),
        outcome_type: "some.outcome.v1".into(),
        tenant_id: text("uni"),
        user_id: text("ann"),
        actor_id: text("ann"),
        session_id: text("s1"),
        reason: Some("wrong_code"),
        notes: Box::new(notes),
    }
}

async fn write(stage: &Stage, rows: Vec<TrailRow>) {
    let mut turn = stage.store.begin(&Needs::default()).await.expect("a turn");
    for row in rows {
        turn.draft.trail(row);
    }
    turn.commit().await.expect("it commits");
}

#[tokio::test]
async fn each_service_has_its_log() {
    let stage = Stage::new().await;
    let ip: IpAddr = "2001:db8::1".parse().expect("an address");
    let notes = Notes {
        method: Some(Method::Totp),
        via: Some(Via::Grace),
        ip: Some(ip),
        policy_required: Some(true),
        admin_reason: Some("lost phone".to_owned()),
        ..Notes::default()
    };
    let unreadable = |service| TrailRow {
        event_id: None,
        source: None,
        event_type: None,
        occurred_at: None,
        tenant_id: None,
        user_id: None,
        actor_id: None,
        session_id: None,
        ..row(service, 2, Notes::default())
    };
    // One batch may write to all of them.
    let rows = Service::ALL.map(|service| [row(service, 1, notes.clone()), unreadable(service)]);
    write(&stage, rows.into_iter().flatten().collect()).await;
    let client = stage.database.connect(Role::Auditor).await;
    for (log, more) in [
        (
            "login_log",
            "ip = '2001:db8::1' and via = 'grace' and policy_required",
        ),
        ("sms_log", "true"),
        ("enrollment_log", "admin_reason = 'lost phone'"),
        ("reset_log", "admin_reason = 'lost phone'"),
        ("logins_without_code", "via = 'grace'"),
    ] {
        let sql = format!(
            "select from audit.{log} where event_id = 'event' and source = '/crm'
                and event_type = 'some.type.v1' and occurred_at = to_timestamp(0)
                and outcome_type = 'some.outcome.v1' and tenant_id = 'uni' and user_id = 'ann'
                and actor_id = 'ann' and session_id = 's1' and method = 'totp'
                and reason = 'wrong_code' and recorded_at <= clock_timestamp() and {more}"
        );
        let rows = client.query(&sql, &[]).await.expect("an auditor reads it");
        assert_eq!(rows.len(), 1, "{log}");
    }
    let seqs = "select seq from (select seq from audit.login_log union all
        select seq from audit.sms_log union all select seq from audit.enrollment_log union all
        select seq from audit.reset_log) as every order by seq";
    let rows = client.query(seqs, &[]).await.expect("an auditor reads it");
    let seqs: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let first = seqs[0];
    assert_eq!(
        seqs,
        (first..first + 8).collect::<Vec<_>>(),
        "one sequence numbers them all"
    );
}

#[tokio::test]
async fn calls_of_the_provider_and_policies_have_rows_of_their_own() {
    let stage = Stage::new().await;
    let now = stage.store.clock().await.expect("a clock");
    let call = TextCall {
        purpose: TextPurpose::Login,
        number_ref: hash(8),
        country: "GB".to_owned(),
        provider: "twilio",
        provider_ref: Some("SM1".to_owned()),
        result: "accepted",
    };
    let change = PolicyChange {
        now: policy(true, now),
        before: None,
    };
    let text = row(
        Service::Sms,
        1,
        Notes {
            text: Some(call),
            ..Notes::default()
        },
    );
    let policy = row(
        Service::Enrollment,
        2,
        Notes {
            policy: Some(change),
            ..Notes::default()
        },
    );
    write(&stage, vec![text, policy]).await;
    let client = stage.database.connect(Role::Auditor).await;
    let sql = "select from audit.text_log where tenant_id = 'uni' and user_id = 'ann'
        and session_id = 's1' and event_id = 'event' and purpose = 'login'
        and number_ref = repeat('08', 32) and country = 'GB' and provider = 'twilio'
        and provider_ref = 'SM1' and result = 'accepted'";
    assert_eq!(
        client
            .query(sql, &[])
            .await
            .expect("an auditor reads it")
            .len(),
        1
    );
    let sql = "select from audit.policy_log where tenant_id = 'uni' and actor_id = 'admin'
        and required and grace_days = 14 and required_before is null
        and grace_days_before is null";
    assert_eq!(
        client
            .query(sql, &[])
            .await
            .expect("an auditor reads it")
            .len(),
        1
    );
}
