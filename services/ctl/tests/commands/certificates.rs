//! A certificate that is not trusted is named, and not taken for a server that is away.

use jiff::Timestamp;
use twofactor_testkit::{Authority, Encrypted, Greeting};

use crate::ctl;

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let strangers = tempfile::tempdir().expect("a folder");
    let authority = Authority::new(folder.path()).expect("an authority");
    let stranger = Authority::new(strangers.path()).expect("an authority");
    let trusted = authority.file().display().to_string();
    let end = |day: &str| -> Timestamp { day.parse().expect("a moment") };
    let earlier = end("2020-01-01T00:00:00Z");
    let later = end("2099-01-01T00:00:00Z");
    // No server need be behind it: one that is not trusted receives nothing.
    let way = async |greeting, authority, end| {
        let way = Encrypted::way_to("127.0.0.1:1", greeting, authority, end).await;
        way.expect("a port")
    };
    let table = [
        (
            &stranger,
            later,
            "localhost",
            "no authority known here issued it",
        ),
        (&authority, earlier, "localhost", "it has expired"),
        (
            &authority,
            later,
            "127.0.0.1",
            "for another name than the host",
        ),
    ];
    for (issuer, end, host, sentence) in table {
        let database = way(Greeting::Postgres, issuer, end).await;
        let broker = way(Greeting::None, issuer, end).await;
        let at = |way: &Encrypted| way.host().replace("localhost", host);
        let database = format!("postgres://u:p@{}/d?sslmode=require", at(&database));
        let broker = format!("amqps://u:p@{}/%2f", at(&broker));
        let settings = [
            ("DATABASE_URL", database.as_str()),
            ("AMQP_URL", broker.as_str()),
            ("SSL_CERT_FILE", trusted.as_str()),
        ];
        for (arguments, peer) in [
            (["audit", "verify"], "database's certificate is not trusted"),
            (["dead", "list"], "broker's certificate is not trusted"),
        ] {
            let said = ctl(&settings, &arguments).await;
            assert_eq!(said.code, 3, "{}", said.err);
            assert!(said.err.contains(peer), "{}", said.err);
            assert!(said.err.contains(sentence), "{}", said.err);
            assert!(!said.err.contains("check that it runs"), "{}", said.err);
        }
    }
}
