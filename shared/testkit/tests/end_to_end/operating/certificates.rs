//! A worker whose every connection is encrypted works, and shows when each certificate ends.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use twofactor_contract::Service;
use twofactor_testkit::{Authority, Encrypted, Greeting, Institution, Plan, World};

const METRIC: &str = "twofactor_certificate_expiry_timestamp_seconds";

/// The encrypted connections of a worker to its peers, with their certificates.
struct Ways {
    broker: Encrypted,
    database: Encrypted,
    provider: Encrypted,
}

/// Returns the end of the certificate of a peer.
fn end_of(peer: &str) -> Timestamp {
    let days = match peer {
        "broker" => 10,
        "database" => 20,
        _ => 30,
    };
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("a second");
    now + SignedDuration::from_hours(24 * days)
}

/// Returns the host with its port in a URL.
fn host(url: &str) -> &str {
    let rest = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once("//").map_or(rest, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}

fn setting<'a>(settings: &'a [(String, String)], name: &str) -> &'a str {
    let mut found = settings.iter().filter(|(own, _)| own == name);
    &found.next_back().expect("it is set").1
}

async fn ways(settings: &[(String, String)], authority: &Authority) -> Result<Ways> {
    let way = async |name: &str, peer: &str, greeting| {
        let place = host(setting(settings, name));
        Encrypted::way_to(place, greeting, authority, end_of(peer)).await
    };
    Ok(Ways {
        broker: way("AMQP_URL", "broker", Greeting::None).await?,
        database: way("DATABASE_URL", "database", Greeting::Postgres).await?,
        provider: way("TWILIO_BASE_URL", "provider", Greeting::None).await?,
    })
}

fn encrypted(settings: &[(String, String)], ways: &Ways) -> [(&'static str, String); 3] {
    let by = |name: &str, way: &Encrypted| {
        let url = setting(settings, name);
        url.replace(host(url), &way.host())
    };
    [
        (
            "AMQP_URL",
            by("AMQP_URL", &ways.broker).replace("amqp:", "amqps:"),
        ),
        (
            "DATABASE_URL",
            format!("{}?sslmode=require", by("DATABASE_URL", &ways.database)),
        ),
        (
            "TWILIO_BASE_URL",
            by("TWILIO_BASE_URL", &ways.provider).replace("http:", "https:"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_worker_shows_when_certificates_end() {
    let plan = Plan::default().only(&[Service::Enrollment]);
    let mut world: World = plan.start().await.expect("a world");
    let page = world.workers[0].metrics_text().await.expect("metrics");
    assert!(!page.contains(METRIC), "in clear there is no certificate");

    let authority = Authority::new(world.folder()).expect("an authority");
    let settings = world.settings(Service::Enrollment);
    let before = ["broker", "database", "provider"].map(end_of);
    let ways = ways(&settings, &authority).await.expect("ports");
    let trusted = authority.file().display().to_string();
    let mut own = encrypted(&settings, &ways).to_vec();
    own.push(("SSL_CERT_FILE", trusted));
    let own: Vec<(&str, &str)> = own
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let place = world.add_worker(Service::Enrollment, &own).await;
    let place = place.expect("it is ready");
    world.workers[0].terminate().await.expect("it ends");

    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let set_up = person.set_up_sms(&world.crm, &world.sms).await;
    set_up.expect("a text was sent and its code taken");
    for (peer, before) in ["broker", "database", "provider"].iter().zip(before) {
        let labels = [("service", "enrollment"), ("peer", *peer)];
        let shown = world.workers[place].metric(METRIC, &labels).await;
        let shown = shown.expect("metrics");
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let is_right =
            (before.as_second() as f64..=end_of(peer).as_second() as f64).contains(&shown);
        assert!(is_right, "{peer}: {shown}");
    }
}
