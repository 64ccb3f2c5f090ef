//! Workers and `twofactor-ctl` read each setting alike: what starts the one is right for the
//! other, and what stops the one is wrong for the other, in the same words.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use twofactor_testkit::environment;

use super::settings::{Pairs, complete, file, refusal, starts, with};

/// Returns the problems that `twofactor-ctl --show-config` finds in these settings.
fn found_by_ctl(pairs: &Pairs) -> BTreeSet<String> {
    let output = Command::new(environment::binary_folder().join("twofactor-ctl"))
        .env_clear()
        .envs(pairs.iter().map(|(name, value)| (name, value)))
        .args(["--show-config", "--json"])
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let problems = said.lines().filter_map(|line| {
        let row: Value = serde_json::from_str(line).expect("JSON");
        row["problem"].as_str().map(str::to_owned)
    });
    let problems: BTreeSet<String> = problems.collect();
    let status = i32::from(!problems.is_empty());
    assert_eq!(output.status.code(), Some(status), "{said}");
    problems
}

async fn agree(folder: &Path, pairs: &Pairs, is_right: bool) {
    let found = found_by_ctl(pairs);
    assert_eq!(found.is_empty(), is_right, "{pairs:?}: {found:?}");
    if is_right {
        starts(folder, "reset", pairs).await;
        return;
    }
    let said = refusal(folder, "reset", pairs).await;
    let said: BTreeSet<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(said, found, "{pairs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_right_for_both_or_wrong_for_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = "postgres://login:hunter2@db.example.org/x";
    let two = "postgres://login:hunter2@127.0.0.1:1,127.0.0.1:2/x";
    for (name, value, is_right) in [
        ("AUDIT_KEEP", "90m", false),
        ("AUDIT_KEEP", "23h", false),
        ("AUDIT_KEEP", "+400d", false),
        ("AUDIT_KEEP", "400", false),
        ("AUDIT_KEEP", "36501d", false),
        ("AUDIT_KEEP", "24h", true),
        ("AUDIT_KEEP", "1440m", true),
        ("SMS_COUNTRIES", "gb", false),
        ("SMS_COUNTRIES", "GB, IE", true),
        ("ALLOW_PLAINTEXT", "true", false),
        ("ALLOW_PLAINTEXT", "0", true),
        ("ALLOW_PLAINTEXT", "", true),
        ("AMQP_URL", " ", false),
        ("AMQP_URL", "http://login:hunter2@127.0.0.1", false),
        ("AMQP_URL", "amqp://login:hunter2@broker.example.org", false),
        ("AMQP_URL", " amqp://login:hunter2@127.0.0.1:1\n", true),
        ("DATABASE_URL", "hunter2", false),
        ("DATABASE_URL", database, false),
        ("DATABASE_URL", &format!("{database}?sslmode=prefer"), false),
        ("DATABASE_URL", two, true),
        ("DATABASE_URL", &format!("{two}?port=1,2,3"), false),
        ("KEYRING_FILE", "/nowhere/hunter2", false),
    ] {
        let pairs = with(complete(folder.path()), name, Some(value));
        agree(folder.path(), &pairs, is_right).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_right_for_both_or_wrong_for_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "postgres://login:hunter2@127.0.0.1:1/none";
    let wide: Vec<u8> = url.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, is_right) in [
        (format!("{url}\n").into_bytes(), true),
        (format!("\u{feff} \t{url} \r\n\n").into_bytes(), true),
        (wide, false),
        (b"caf\xe9".to_vec(), false),
        (b"\xef\xbb\xbf \n".to_vec(), false),
        (Vec::new(), false),
    ] {
        let path = folder.path().join("url");
        fs::write(&path, bytes).expect("written");
        let path = path.to_str().expect("UTF-8");
        let pairs = with(complete(folder.path()), "DATABASE_URL", None);
        let pairs = with(pairs, "DATABASE_URL_FILE", Some(path));
        agree(folder.path(), &pairs, is_right).await;
        let both = with(pairs, "DATABASE_URL", Some(url));
        agree(folder.path(), &both, false).await;
    }
    for (text, mode, is_right) in [
        ("{}", 0o600, false),
        ("{}", 0o640, false),
        ("\u{feff}", 0o600, false),
    ] {
        let path = file(folder.path(), "other.json", text, mode);
        let pairs = with(complete(folder.path()), "KEYRING_FILE", Some(&path));
        agree(folder.path(), &pairs, is_right).await;
    }
}

/// A value that is no UTF-8 cannot be told from a typing error, so it stops both.
#[test]
fn a_value_that_is_no_utf8_is_wrong() {
    let output = Command::new(environment::binary_folder().join("twofactor-ctl"))
        .env_clear()
        .env("AUDIT_KEEP", OsStr::from_bytes(b"\xff"))
        .args(["--show-config"])
        .output()
        .expect("it starts");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("AUDIT_KEEP must be in UTF-8."), "{said}");
}
