//! `--show-config`: who set what, with no secret and no connection.

use serde_json::json;

use crate::{ctl, write_keyring};

#[tokio::test]
async fn settings_are_shown_with_who_set_them_and_secrets_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let keyring = folder.path().join("keyring.json");
    let url = folder.path().join("url");
    write_keyring(&keyring, &["a"]);
    std::fs::write(&url, "postgres://owner:hunter2@127.0.0.1:1/twofactor").expect("a file");
    // What lies about is not read.
    std::fs::write(folder.path().join(".env"), "AUDIT_KEEP=1d").expect("a file");
    let keyring = keyring.display().to_string();
    let url = url.display().to_string();
    let settings = [
        ("DATABASE_URL_FILE", url.as_str()),
        ("AMQP_URL", "amqp://operator:hunter2@127.0.0.1:1/vhost"),
        ("KEYRING_FILE", &keyring),
        ("SMS_COUNTRIES", "GB,IE"),
    ];
    let said = ctl(&settings, &["--show-config", "--json"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    let row = |name: &str| {
        let all = said.objects();
        let row = all.into_iter().find(|row| row["setting"] == name);
        let row = row.expect("the setting");
        json!([row["set_by"], row["value"], row["secret"], row["problem"]])
    };
    assert_eq!(
        row("DATABASE_URL"),
        json!(["DATABASE_URL_FILE", null, true, null])
    );
    assert_eq!(row("AMQP_URL"), json!(["AMQP_URL", null, true, null]));
    assert_eq!(
        row("KEYRING_FILE"),
        json!(["KEYRING_FILE", keyring, false, null])
    );
    assert_eq!(
        row("SMS_COUNTRIES"),
        json!(["SMS_COUNTRIES", "GB,IE", false, null])
    );
    assert_eq!(row("AUDIT_KEEP"), json!(["default", "400d", false, null]));

    let said = ctl(&settings, &["--show-config"]).await;
    assert!(
        said.out
            .contains("DATABASE_URL      DATABASE_URL_FILE   set\n"),
        "{}",
        said.out
    );
    for word in ["hunter2", "postgres", "amqp:"] {
        assert!(
            !said.out.contains(word) && !said.err.contains(word),
            "{word}"
        );
    }
}

#[tokio::test]
async fn with_a_command_its_own_settings_are_shown_and_what_is_wrong_with_them() {
    let clear = "postgres://owner:hunter2@db.example/twofactor?sslmode=disable";
    let settings = [("DATABASE_URL", clear), ("AUDIT_KEEP", "soon")];
    let said = ctl(&settings, &["audit", "drop", "--show-config", "--json"]).await;
    assert_eq!(said.code, 1, "{}", said.err);
    let names: Vec<_> = said.objects();
    let problem = |at: usize| names[at]["problem"].as_str().unwrap_or_default().to_owned();
    assert_eq!(names.len(), 4, "{}", said.out);
    assert!(problem(0).contains("ALLOW_PLAINTEXT=1"), "{}", said.out);
    assert!(problem(1).starts_with("AUDIT_KEEP must be"), "{}", said.out);
    assert!(!said.out.contains("hunter2"));
    let said = ctl(&[], &["dead", "list", "--show-config"]).await;
    assert_eq!(said.code, 1);
    assert!(
        said.out
            .contains("AMQP_URL          not set             -\n  AMQP_URL is missing"),
        "{}",
        said.out
    );
    let said = ctl(&[], &["man", "--show-config"]).await;
    assert_eq!(
        (said.code, said.out.lines().count()),
        (0, 1),
        "{}",
        said.out
    );
}

/// Files as editors save them: the same start a worker (see its own settings' tests).
#[tokio::test]
async fn a_file_of_a_setting_is_read_as_the_workers_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("url").display().to_string();
    let url = "postgres://owner:hunter2@127.0.0.1:1/twofactor";
    let wide: Vec<u8> = url.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, problem) in [
        (format!("\u{feff}{url}\r\n").into_bytes(), None),
        (format!(" \t{url} \n").into_bytes(), None),
        (
            wide,
            Some("DATABASE_URL_FILE names a file that is in UTF-16; save it as UTF-8."),
        ),
        (
            b"\n".to_vec(),
            Some("DATABASE_URL_FILE names a file that is empty; write the value into it."),
        ),
    ] {
        std::fs::write(&path, bytes).expect("a file");
        let settings = [("DATABASE_URL_FILE", path.as_str())];
        let said = ctl(&settings, &["migrate", "--show-config", "--json"]).await;
        assert_eq!(said.objects()[0]["problem"], json!(problem), "{}", said.out);
    }
    let keyring = folder.path().join("keyring.json");
    write_keyring(&keyring, &["a"]);
    let content = std::fs::read_to_string(&keyring).expect("a keyring");
    std::fs::write(&keyring, format!("\u{feff}{content}\r\n")).expect("a file");
    let keyring = keyring.display().to_string();
    let settings = [("KEYRING_FILE", keyring.as_str())];
    let said = ctl(&settings, &["keys", "status", "--show-config", "--json"]).await;
    let all = said.objects();
    let row = all.iter().find(|row| row["setting"] == "KEYRING_FILE");
    assert_eq!(
        row.expect("the setting")["problem"],
        json!(null),
        "{}",
        said.out
    );
}
