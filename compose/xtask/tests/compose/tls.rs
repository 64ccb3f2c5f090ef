//! The files with everything encrypted.

use std::process::Command;

use crate::workshop::{Workshop, list, ours, succeeded};

#[test]
fn nothing_of_ours_may_speak_in_clear() {
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    for (name, service) in ours(config) {
        let environment = &service["environment"];
        if name == "demo-crm" {
            assert_eq!(environment["SMS_SANDBOX_URL"], "https://sms-sandbox:8443");
            assert_eq!(environment["SSL_CERT_FILE"], "/run/secrets/trusted.pem");
            continue;
        }
        assert_eq!(environment["ALLOW_PLAINTEXT"], "", "{name}");
        if name != "sms-sandbox" {
            assert_eq!(
                environment["SSL_CERT_FILE"], "/run/secrets/trusted.pem",
                "{name}"
            );
            assert_eq!(environment["TWILIO_BASE_URL"], "https://sms-sandbox:8443");
        }
    }
    assert_eq!(
        config["services"]["roles"]["environment"]["PGSSLMODE"],
        "verify-full"
    );
    for (name, secret) in config["secrets"].as_object().expect("secrets") {
        let file = secret["file"].as_str().expect("a file");
        assert_eq!(
            name.contains("_url_"),
            file.contains("/secrets/tls/"),
            "{name}"
        );
    }
}

#[test]
fn the_overlay_changes_nothing_else_of_the_database() {
    let workshop = Workshop::shared();
    let plain = workshop.plain();
    let tls = workshop.encrypted();
    let command = |config: &serde_json::Value| -> Vec<String> {
        let words = list(&config["services"]["postgres"]["command"]);
        words.into_iter().map(str::to_owned).collect()
    };
    let plain = command(plain);
    let tls = command(tls);
    assert_eq!(tls[..plain.len()], plain);
    assert!(tls.contains(&"ssl=on".to_owned()));
    assert!(tls.contains(&"hba_file=/etc/postgresql/tls_hba.conf".to_owned()));
}

#[test]
fn every_part_has_a_certificate_for_its_name_by_the_one_authority() {
    let workshop = Workshop::open();
    let verify = |part: &str, name: &str| {
        let mut openssl = Command::new("openssl");
        openssl
            .arg("verify")
            .args(["-purpose", "sslserver", "-x509_strict"]);
        openssl.args(["-verify_hostname", name, "-CAfile"]);
        openssl.arg(workshop.path("certificates/authority.pem"));
        openssl.arg(workshop.path(&format!("certificates/{part}.pem")));
        openssl.output().expect("openssl")
    };
    for part in ["rabbitmq", "postgres", "sms-sandbox"] {
        succeeded(&verify(part, part));
        succeeded(&verify(part, "localhost"));
        assert!(!verify(part, "example.org").status.success());
    }

    let read = |file: &str| workshop.read(&format!("certificates/{file}"));
    let authority = read("authority.pem");
    let renewed = read("postgres.pem");
    workshop.run("make-certificates.sh");
    assert_eq!(read("authority.pem"), authority);
    assert_ne!(read("postgres.pem"), renewed);
    assert!(read("trusted.pem").starts_with(&authority));
}
