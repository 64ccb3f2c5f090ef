//! The page that Prometheus reads: names, labels, buckets.

use twofactor_rules::state::TextPurpose;

use super::*;

#[test]
fn all_unknown_types_have_one_label() {
    assert_eq!(known_type(Some("login.attempted.v1")), "login.attempted.v1");
    assert_eq!(known_type(Some("login.atempted.v1")), "other");
    assert_eq!(known_type(None), "other");
}

/// Returns what `/metrics` shows after each metric was used.
const LINES: &[&str] = &[
    "twofactor_events_total{service=\"sms\",type=\"sms.requested.v1\",\
     outcome=\"sms.sent.v1\",reason=\"\",via=\"\"} 1",
    "twofactor_event_seconds_bucket{service=\"sms\",le=\"0.005\"} 1",
    "twofactor_sms_total{provider=\"twilio\",purpose=\"login\",result=\"unknown\",\
     country=\"GB\"} 0",
    "twofactor_event_age_seconds_count{service=\"sms\"} 1",
    "twofactor_batch_events_bucket{service=\"sms\",le=\"4\"} 1",
    "twofactor_duplicates_total{service=\"sms\"} 0",
    "twofactor_redeliveries_total{service=\"sms\"} 1",
    "twofactor_sms_total{provider=\"twilio\",purpose=\"login\",result=\"accepted\",\
     country=\"GB\"} 1",
    "twofactor_sms_total{provider=\"twilio\",purpose=\"login\",result=\"accepted\",\
     country=\"other\"} 1",
    "twofactor_sms_seconds_count{provider=\"twilio\"} 1",
    "twofactor_totp_step_offset_total{offset=\"-1\"} 1",
    "twofactor_dead_total{service=\"sms\",reason=\"malformed\"} 0",
    "twofactor_replies_unroutable_total{service=\"sms\"} 0",
    "twofactor_broadcasts_declined_total{service=\"sms\"} 0",
    "twofactor_dead_letters_lost_total{service=\"sms\"} 1",
    "twofactor_deliveries_isolated_total{service=\"sms\"} 1",
    "twofactor_oldest_event_seconds{service=\"sms\"} 2.5",
    "twofactor_broker_blocked{service=\"sms\"} 1",
    "twofactor_consuming{service=\"sms\"} 1",
    "twofactor_clock_skew_seconds{service=\"sms\"} 0.5",
    "twofactor_certificate_expiry_timestamp_seconds{service=\"sms\",peer=\"broker\"} \
     1800000000",
    "twofactor_seal_age_seconds 12.5",
    "twofactor_key_rows{key=\"2026-11\"} 7",
    "twofactor_key_held{key=\"2026-11\"} 1",
    "twofactor_db_connections{service=\"sms\",state=\"used\"} 3",
    "twofactor_db_connections{service=\"sms\",state=\"waiting\"} 2",
    "twofactor_build_info{service=\"sms\",version=\"0.1.0\",schema=\"2\"} 1",
];

#[test]
fn every_metric_of_the_contract_has_its_name_and_labels() {
    let recorder = builder().expect("buckets").build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        describe::all();
        let countries = BTreeSet::from(["GB".to_owned()]);
        let metrics = Metrics::new(Service::Sms, countries, "2");
        let call = |country: &str| TextCall {
            purpose: TextPurpose::Login,
            number_ref: [0; 32],
            country: country.to_owned(),
            provider: "twilio",
            provider_ref: None,
            result: "accepted",
        };
        metrics.took_batch(3, 1);
        metrics.decided(&Tally {
            event_type: "sms.requested.v1",
            outcome: "sms.sent.v1",
            reason: "",
            via: "",
            age: Some(Duration::from_millis(3)),
            totp_offset: Some(-1),
            text: None,
        });
        metrics.settled_text("twilio", &call("GB"));
        metrics.settled_text("twilio", &call("XX"));
        Metrics::called_provider("twilio", Duration::from_millis(80));
        metrics.acknowledged(Duration::from_millis(5));
        metrics.set_consuming(true);
        metrics.set_oldest_event(Duration::from_millis(2500));
        metrics.set_blocked(true);
        metrics.lost_dead_letter();
        metrics.isolated_delivery();
        metrics.clock_skew(0.5);
        Metrics::certificate_ends(Service::Sms, "broker", 1_800_000_000);
        Metrics::seal_age(12.5);
        Metrics::key_rows("2026-11", 7.0);
        Metrics::holds_key("2026-11");
        metrics.connections(Connections {
            open: 4,
            used: 3,
            waiting: 2,
        });
    });
    let page = handle.render();
    for line in LINES {
        assert!(page.contains(line), "{line} is missing from\n{page}");
    }
}
