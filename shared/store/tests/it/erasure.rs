//! A reset and an erasure leave nothing behind: every column of every table is searched.

use std::collections::BTreeSet;

use twofactor_rules::Change;
use twofactor_rules::state::TextPurpose;
use uuid::Uuid;

use crate::cast::{
    Stage, answer, backup, browser, changed, commit, hash, needs, outcome, pending_sms,
    pending_totp, sealed, session, sms, text, totp, user,
};

/// The whole database as text, by table.
async fn dump(stage: &Stage) -> Vec<(String, String)> {
    let client = stage.database.connect_superuser().await;
    let sql = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('twofactor', 'audit', 'public')";
    let mut dump = Vec::new();
    for row in client.query(sql, &[]).await.expect("tables can be listed") {
        let table: String = row.get(0);
        let rows = client
            .query(&format!("select t::text from {table} as t"), &[])
            .await;
        for row in rows.expect("a table can be read") {
            dump.push((table.clone(), row.get(0)));
        }
    }
    dump
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}

/// Bytes that must go, all of which a full user has.
fn traces() -> Vec<(&'static str, String)> {
    let mut traces = vec![
        ("totp secret", hex(sealed(1).as_bytes())),
        ("number", hex(sealed(2).as_bytes())),
        ("pending totp secret", hex(sealed(3).as_bytes())),
        ("pending number", hex(sealed(4).as_bytes())),
        ("secrets of an answer", hex(sealed(50).as_bytes())),
        ("browser", hex(&hash(60))),
        ("salt", hex(&[9; 16])),
        ("number look-up", hex(&hash(61))),
        ("session", "s-to-go".to_owned()),
    ];
    let hashes = backup().codes;
    traces.extend(hashes.iter().map(|code| ("backup code", hex(&code.hash))));
    traces
}

async fn full_user(stage: &Stage) {
    let ann = user("ann");
    let mut turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let now = turn.draft.now;
    let id = Uuid::from_u128(1);
    let changes = vec![
        Change::SetUpTotp { totp: totp(now) },
        Change::SetUpSms {
            sms: sms(hash(61), now),
        },
        Change::IssueBackupCodes { set: backup() },
        Change::StartTotp {
            pending: pending_totp(now),
        },
        Change::HoldText {
            id,
            text: text(TextPurpose::Enrollment, now),
        },
        Change::StartSms {
            pending: pending_sms(id, hash(61), now),
        },
        Change::RememberBrowser {
            token: hash(60),
            browser: browser("192.0.2.1/32", now),
        },
        // Of a session that the batch of the reset does not load.
        Change::AcceptSession {
            session: session("s-to-go"),
            at: now,
        },
        Change::CountLoginFailure { at: now },
        Change::RecordFirstLogin { at: now },
    ];
    turn.draft.change(&changed(&ann, changes));
    turn.draft.answer(answer(
        Uuid::from_u128(2),
        &ann,
        now,
        Some(outcome(Some(50))),
    ));
    commit(turn).await.expect("it commits");
}

#[tokio::test]
async fn nothing_is_left_but_the_throttles_clock() {
    for erase in [false, true] {
        let stage = Stage::new().await;
        full_user(&stage).await;
        let before = dump(&stage).await;
        for (what, bytes) in traces() {
            assert!(
                before.iter().any(|(_, row)| row.contains(&bytes)),
                "{what} was never kept"
            );
        }
        let since = stage.store.clock().await.expect("a clock");
        let change = if erase {
            Change::Erase { since }
        } else {
            Change::Reset { since }
        };
        stage.play(&user("ann"), vec![change]).await;
        let after = dump(&stage).await;
        for (what, bytes) in traces() {
            let left: Vec<_> = after
                .iter()
                .filter(|(_, row)| row.contains(&bytes))
                .collect();
            assert!(left.is_empty(), "{what} is left in {}", left[0].0);
        }
        let tables: BTreeSet<_> = after
            .iter()
            .filter(|(_, row)| row.contains("ann"))
            .map(|(table, _)| table.as_str())
            .collect();
        let expected = ["twofactor.answers", "twofactor.texts", "twofactor.users"];
        assert_eq!(tables, BTreeSet::from(expected));
    }
}

/// A reset keeps what became of a code, and does not look at texts that the throttle no longer
/// counts. An erasure leaves nothing of it, so that every text goes a day after it was taken.
#[tokio::test]
async fn an_erasure_voids_every_text_whatever_became_of_its_code() {
    let stage = Stage::new().await;
    let ann = user("ann");
    full_user(&stage).await;
    let texts = "
        insert into twofactor.texts (text_id, tenant_id, user_id, session_id, purpose, code,
            taken_at, expires_at, fate, code_end, number_lookup, number_ref, number_country)
        select gen_random_uuid(), 'uni', user_id, 's1', 'login', sha256('x'), now() - age::interval,
            now(), 'accepted', code_end, sha256('x'), sha256('x'), 'GB'
        from (values ('1 hour', 'used'), ('2 hours', 'wrong_entry'), ('3 days', 'used'),
            ('4 days', 'wrong_entry')) as text (age, code_end), unnest(array['ann', 'bob']) as user_id";
    let client = stage.database.connect_superuser().await;
    client.batch_execute(texts).await.expect("they are right");
    let sql = "select count(*) from twofactor.texts where code_end = 'void' and user_id = $1";
    let since = stage.store.clock().await.expect("a clock");
    stage.play(&ann, vec![Change::Reset { since }]).await;
    let void = stage.database.count(sql, &[&"ann"]).await;
    assert_eq!(void, 1, "the one that had no end");
    stage.play(&ann, vec![Change::Erase { since }]).await;
    assert_eq!(stage.database.count(sql, &[&"ann"]).await, 5);
    assert_eq!(stage.database.count(sql, &[&"bob"]).await, 0);
    let swept = stage.store.sweep().await.expect("it sweeps");
    assert_eq!((swept.void_texts, swept.texts), (2, 0));
}
