//! `/metrics` has the names and labels of the contract's table, and no label with a tenant, a user
//! or anything else without bounds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use twofactor_contract::{Event, Reason, RefusalReason, Service, Via};
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{Institution, Person, THROTTLE, World};

/// Every metric of the contract, and those that were added for operators since, with their labels.
const TABLE: [(&str, &[&str]); 23] = [
    (
        "twofactor_events_total",
        &["service", "type", "outcome", "reason", "via"],
    ),
    ("twofactor_event_seconds", &["service"]),
    ("twofactor_event_age_seconds", &["service"]),
    ("twofactor_batch_events", &["service"]),
    ("twofactor_duplicates_total", &["service"]),
    ("twofactor_redeliveries_total", &["service"]),
    (
        "twofactor_sms_total",
        &["provider", "purpose", "result", "country"],
    ),
    ("twofactor_sms_seconds", &["provider"]),
    ("twofactor_totp_step_offset_total", &["offset"]),
    ("twofactor_dead_total", &["service", "reason"]),
    ("twofactor_replies_unroutable_total", &["service"]),
    ("twofactor_broadcasts_declined_total", &["service"]),
    ("twofactor_dead_letters_lost_total", &["service"]),
    ("twofactor_deliveries_isolated_total", &["service"]),
    ("twofactor_oldest_event_seconds", &["service"]),
    ("twofactor_broker_blocked", &["service"]),
    ("twofactor_consuming", &["service"]),
    ("twofactor_clock_skew_seconds", &["service"]),
    ("twofactor_seal_age_seconds", &[]),
    ("twofactor_key_rows", &["key"]),
    ("twofactor_key_held", &["key"]),
    ("twofactor_db_connections", &["service", "state"]),
    ("twofactor_build_info", &["service", "version", "schema"]),
];

type Labels<'a> = &'a [(&'a str, &'a str)];

/// One line of `/metrics`.
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Series {
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.trim_end_matches('}').split("\",");
        let pairs = labels.filter(|pair| !pair.is_empty()).map(|pair| {
            let (label, value) = pair.split_once("=\"").expect("a label");
            (label.to_owned(), value.trim_end_matches('"').to_owned())
        });
        Self {
            name: name.to_owned(),
            labels: pairs.collect(),
            value: value.parse().expect("a number"),
        }
    }

    /// Returns the name in the contract, without the ending of a histogram's part.
    fn metric(&self) -> &str {
        let parts = ["_bucket", "_sum", "_count"];
        let mut stems = parts.iter().filter_map(|part| self.name.strip_suffix(part));
        let stem = stems.find(|stem| TABLE.iter().any(|(name, _)| name == stem));
        stem.unwrap_or(&self.name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_the_names_and_labels_of_the_contract() {
    let mut world = World::start().await.expect("a world");
    let person = a_day(&mut world).await;
    let mut seen = BTreeSet::new();
    for worker in &world.workers {
        let metrics = worker.metrics_text().await.expect("metrics");
        let words = without_values(&metrics);
        for secret in [&person.tenant, &person.user, "7400", "session-", "anna"] {
            assert!(!words.contains(secret), "{secret} is in {words}");
        }
        for line in metrics
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
        {
            let series = Series::read(line);
            is_as_in_the_table(&series, line);
            is_bounded(&series, worker.service, line);
            seen.insert(series.metric().to_owned());
        }
    }
    let expected: BTreeSet<String> = TABLE.map(|(name, _)| name.to_owned()).into();
    assert_eq!(seen, expected);
}

/// Returns the page without the values of its series, since a measured time may have any digits.
fn without_values(metrics: &str) -> String {
    let lines = metrics.lines().map(|line| match line.rsplit_once(' ') {
        Some((series, _)) if !line.starts_with('#') => series,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_as_in_the_table(series: &Series, line: &str) {
    let metric = series.metric();
    let entry = TABLE.iter().find(|(name, _)| *name == metric);
    let (_, labels) = entry.unwrap_or_else(|| panic!("not in the contract: {line}"));
    let own = series.labels.keys().map(String::as_str);
    let own: BTreeSet<&str> = own.filter(|label| *label != "le").collect();
    assert_eq!(own, labels.iter().copied().collect(), "{line}");
    let is_part = series.name.ends_with("_bucket");
    assert_eq!(series.labels.contains_key("le"), is_part, "{line}");
    assert!(series.value.is_finite(), "{line}");
}

/// Checks that every label has a value of a closed set.
fn is_bounded(series: &Series, service: Service, line: &str) {
    for (label, value) in &series.labels {
        let value = value.as_str();
        let is_right = match label.as_str() {
            "service" => value == service.name(),
            "state" => ["open", "used", "waiting"].contains(&value),
            "type" => value == "other" || Event::TYPES.iter().any(|known| known.name == value),
            "outcome" => value.split('.').next_back() == Some("v1") && value.len() < 40,
            "reason" => {
                let mut all = RefusalReason::ALL.iter().map(|reason| reason.as_str());
                let mut more = Reason::ALL.iter().map(|reason| reason.as_str());
                value.is_empty() || all.any(|name| name == value) || more.any(|name| name == value)
            }
            "via" => value.is_empty() || Via::ALL.iter().any(|via| via.as_str() == value),
            "provider" => value == "twilio",
            "purpose" => ["login", "enrollment"].contains(&value),
            "result" => [
                "accepted",
                "unknown",
                "number_rejected",
                "provider_unavailable",
            ]
            .contains(&value),
            "country" => ["GB", "other"].contains(&value),
            "offset" => value
                .parse::<i8>()
                .is_ok_and(|offset| (-10..=10).contains(&offset)),
            "key" => value == "test",
            "version" => value == env!("CARGO_PKG_VERSION"),
            "schema" => value.parse::<u32>().is_ok(),
            "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
            _ => false,
        };
        assert!(is_right, "{label}: {line}");
    }
}

/// Sends one event of every kind, so that every metric has a value.
async fn a_day(world: &mut World) -> Person {
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let set_up = person.set_up_totp(&world.crm).await;
    let (app, _) = set_up.expect("an app");
    let later = person.anew();
    let login = later.login_by_app(&app, 0);
    for event in [
        login.clone(),
        login.again(),
        later.login().with("type", json!("login.who-knows")),
        later.login_by("totp", "000000"),
        person.reset("b"),
        person.profile_for(ADMIN),
    ] {
        world.crm.ask(&event).await.expect("an outcome");
    }
    let set_up = person.set_up_sms(&world.crm, &world.sms).await;
    set_up.expect("a number");
    world.database.let_pass(THROTTLE).await;
    for _ in 0..2 {
        let event = later.request_text();
        world.crm.ask(&event).await.expect("an outcome");
    }
    let told = world.ask_in_vain(&later.login()).await;
    told.expect("a broadcast");
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_count_what_happened() {
    let mut world = World::start().await.expect("a world");
    let person = a_day(&mut world).await;
    let accepted = [
        ("service", "login"),
        ("type", "login.attempted.v1"),
        ("outcome", "login.accepted.v1"),
        ("reason", ""),
        ("via", "totp"),
    ];
    let unknown = [("type", "other"), ("reason", "unknown_type")];
    let throttled = [("service", "sms"), ("outcome", "sms.throttled.v1")];
    let texts = [
        ("purpose", "login"),
        ("result", "accepted"),
        ("country", "GB"),
    ];
    let table: [(&str, Labels, f64); 8] = [
        ("twofactor_events_total", &accepted, 1.0),
        ("twofactor_events_total", &unknown, 1.0),
        ("twofactor_events_total", &throttled, 1.0),
        ("twofactor_duplicates_total", &[("service", "login")], 1.0),
        ("twofactor_sms_total", &texts, 1.0),
        ("twofactor_totp_step_offset_total", &[("offset", "0")], 1.0),
        ("twofactor_dead_total", &[("reason", "unknown_type")], 1.0),
        ("twofactor_consuming", &[], 4.0),
    ];
    for (name, labels, expected) in table {
        let value = world.metric(name, labels).await.expect("a metric");
        assert!(
            (value - expected).abs() < f64::EPSILON,
            "{name} {labels:?} is {value}"
        );
    }
    world.crm.ask(&person.erase("b")).await.expect("an outcome");
    let seconds = [("service", "reset")];
    let counted = "twofactor_event_age_seconds_count";
    let count = world.metric(counted, &seconds).await.expect("a metric");
    assert!((count - 2.0).abs() < f64::EPSILON, "{counted} is {count}");
    let skew = world.metric("twofactor_clock_skew_seconds", &[]).await;
    assert!(
        skew.expect("a metric").abs() < 4.0,
        "one clock serves all here"
    );
}
