//! Every expression of dashboards, alerts and runbooks, asked of a real Prometheus that reads real
//! workers after some traffic; and alerts provoked by real faults.
//!
//! The stack belongs to the test and is deleted afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::block_in_place;
use twofactor_stack::part::{Part, WORKERS};
use twofactor_stack::stack::Stack;
use twofactor_stack::{database, postgres, rabbitmq};
use twofactor_testkit::{Crm, SmsSandbox, failing};

use crate::alerts::rules;
use crate::boards::panels;
use crate::files::folder;
use crate::prometheus::Prometheus;
use crate::promql;
use crate::runbooks::runbooks;
use crate::second_copy::SecondCopy;
use crate::{faults, hurry, metrics, traffic};

/// Prometheus reads every two seconds, RabbitMQ counts every five.
const PATIENCE: Duration = Duration::from_secs(45);
const POLL: Duration = Duration::from_millis(500);
/// Has a value once Prometheus has read every copy, so that it sees their counters grow.
const ALL_READ: &str = "count(twofactor_build_info) >= 5";
/// Fires at once, also where nothing is hurried.
const DEAD_LETTERS: &str = "TwofactorDeadLetters";

/// A stack with a Prometheus that reads it, and a CRM and a provider that make traffic on it.
pub struct Live {
    /// A copy of the login worker besides the stack's.
    pub second_copy: SecondCopy,
    /// All parts, each of them once.
    pub stack: Stack,
    /// The CRM.
    pub crm: Crm,
    /// The provider.
    pub sms: SmsSandbox,
    prometheus: Prometheus,
    /// The programs of the stack.
    _programs: TempDir,
}

impl Live {
    async fn start() -> Self {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let parts = Part::all(1);
        let programs = tempfile::tempdir().expect("a folder");
        failing::link_programs(programs.path(), &WORKERS).expect("all are built");
        let stack = block_in_place(|| {
            let stack = Stack::throwaway(parent, "dashboards", programs.path());
            let stack = stack.expect("a folder");
            let rules = hurried_rules(&stack);
            let mut stack = stack.with_alerts(&rules);
            stack
                .prepare(&parts, 1, failing_over_one_word())
                .expect("everything is installed");
            stack.start_all(&parts).expect("everything starts");
            stack
        });
        let crm = Crm::connect(&rabbitmq::url(stack.settings(), "crm")).await;
        let live = Self {
            second_copy: SecondCopy::beside(&stack).await,
            prometheus: Prometheus::at(&stack.address(Part::Prometheus)),
            crm: crm.expect("the CRM connects"),
            sms: SmsSandbox::at(&stack.address(Part::SmsSandbox)),
            stack,
            _programs: programs,
        };
        let unread = live.until_all_have_values([ALL_READ.to_owned()].into());
        assert!(
            unread.await.is_empty(),
            "Prometheus does not read every worker"
        );
        live
    }

    /// Waits until none of these expressions is without a value; returns those that still are.
    async fn until_all_have_values(&self, mut left: BTreeSet<String>) -> BTreeSet<String> {
        let deadline = Instant::now() + PATIENCE;
        while !left.is_empty() && Instant::now() < deadline {
            for expr in left.clone() {
                let asked = promql::as_grafana_would(&expr);
                let values = self.prometheus.values(&asked).await;
                if !values.expect("Prometheus takes it").is_empty() {
                    left.remove(&expr);
                }
            }
            // Prometheus reads at its own interval, and has no event for it.
            tokio::time::sleep(POLL).await;
        }
        left
    }

    /// Waits until these alerts have fired since then, hurried; returns those that have not.
    pub async fn until_all_fired(&self, names: &[&str], since: Instant) -> BTreeSet<String> {
        let wanted: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seconds = since.elapsed().as_secs() + 1;
            let prefix = hurry::PREFIX;
            // Also those that have ended again.
            let fired = format!(
                "count by (alertname) (last_over_time(ALERTS{{alertname=~\"{prefix}.+\", \
                 alertstate=\"firing\"}}[{seconds}s]))"
            );
            let fired = self.prometheus.values_of("alertname", &fired).await;
            let fired = fired.expect("Prometheus takes it");
            let fired: BTreeSet<String> = fired
                .iter()
                .map(|name| name.replace(hurry::PREFIX, "Twofactor"))
                .collect();
            let silent: BTreeSet<String> = wanted.difference(&fired).cloned().collect();
            if silent.is_empty() || Instant::now() > deadline {
                return silent;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until every service would answer an event, and no alert says otherwise any more.
    pub async fn until_all_consume(&self) {
        let prefix = hurry::PREFIX;
        let well = format!(
            "min(max by (service) (twofactor_consuming)) >= 1 \
             unless on () ALERTS{{alertname=\"{prefix}NotConsuming\"}}"
        );
        let left = self.until_all_have_values([well].into()).await;
        assert!(left.is_empty(), "something still hangs");
    }

    fn sql_as_auditor(&self, sql: &str) {
        let settings = self.stack.settings();
        block_in_place(|| postgres::run_sql(settings, database::AUDITOR, database::NAME, sql))
            .unwrap_or_else(|error| panic!("{error:#}\n{sql}"));
    }
}

/// Settings with which every worker loses its connection over a delivery that has a certain word.
fn failing_over_one_word() -> BTreeMap<String, String> {
    let testing = [
        ("TWOFACTOR_TESTING", "1"),
        (failing::SETTING, traffic::UNREADABLE),
    ];
    testing
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Returns the product's rules, and the same hurried; with the runbooks beside them, as Prometheus
/// serves them from there.
fn hurried_rules(stack: &Stack) -> PathBuf {
    let own = stack.directory().path("rules");
    fs::create_dir(&own).expect("a folder");
    symlink(folder().join("runbooks"), own.join("runbooks")).expect("linked");
    let rules = fs::read_to_string(folder().join("alerts.yml")).expect("rules");
    let path = own.join("alerts.yml");
    fs::write(&path, hurry::with_hurried(&rules)).expect("written");
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dashboards_show_and_alerts_fire_on_a_real_stack() {
    let mut live = Live::start().await;
    let day = traffic::a_day(&live.crm, &live.sms).await;
    day.expect("the CRM is answered");
    every_panel_shows_something(&live).await;
    every_rule_is_evaluated(&live).await;
    every_query_of_the_runbooks_runs(&live).await;
    every_metric_exists(&live).await;
    faults::all_are_seen(&mut live).await;
    the_runbook_of_an_alert_is_served(&live).await;
}

async fn every_panel_shows_something(live: &Live) {
    let panels = panels();
    let all = panels.iter().flat_map(|panel| panel.expressions());
    let (later, now): (BTreeSet<String>, BTreeSet<String>) =
        all.map(str::to_owned).partition(|expr| is_later(expr));
    let empty = live.until_all_have_values(now).await;
    assert!(empty.is_empty(), "these show nothing: {empty:#?}");
    for expr in later {
        let asked = promql::as_grafana_would(&expr);
        let values = live.prometheus.values(&asked).await;
        values.expect("Prometheus takes it, though it has no figures yet");
    }
}

/// Has a young stack no figures for it, since it compares with a day or a week ago?
fn is_later(expr: &str) -> bool {
    expr.contains("offset")
}

async fn every_rule_is_evaluated(live: &Live) {
    for rule in rules() {
        let values = live.prometheus.values(&rule.expr).await;
        let values = values.expect("Prometheus takes it");
        if let Some(figure) = &rule.record {
            assert!(!values.is_empty(), "{figure} has no value");
        }
    }
}

async fn every_query_of_the_runbooks_runs(live: &Live) {
    for page in runbooks() {
        for expr in page.blocks("promql") {
            let values = live.prometheus.values(expr).await;
            values.unwrap_or_else(|error| panic!("{}: {error:#}", page.name));
        }
        for sql in page.blocks("sql") {
            live.sql_as_auditor(sql);
        }
    }
}

async fn every_metric_exists(live: &Live) {
    let names = live.prometheus.names().await.expect("names");
    let wanted = metrics();
    let missing: Vec<&String> = wanted.iter().filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "nobody exports {missing:?}");
}

async fn the_runbook_of_an_alert_is_served(live: &Live) {
    let firing = live.prometheus.firing().await.expect("alerts");
    let is_dead = |alert: &&serde_json::Value| alert["labels"]["alertname"] == DEAD_LETTERS;
    let alert = firing.iter().find(is_dead).expect("it fires for minutes");
    let url = alert["annotations"]["runbook_url"].as_str();
    let page = live.prometheus.page(url.expect("a runbook")).await;
    let page = page.expect("the runbook is served");
    assert!(page.starts_with(&format!("# {DEAD_LETTERS}\n")), "{page}");
}
