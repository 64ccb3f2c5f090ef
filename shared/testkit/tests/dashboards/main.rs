//! Dashboards, alerts and runbooks: each is complete, and each is linked with the others.
//!
//! Their contents are tested here with no program except `promtool`; that every expression
//! runs and shows something is tested in `live`.

mod alerts;
mod boards;
mod faults;
mod files;
mod hurry;
mod in_time;
mod layout;
mod live;
mod prometheus;
mod promql;
mod promtool;
mod runbooks;
mod second_copy;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use twofactor_testkit::environment;

use alerts::{alerts, rules};
use boards::{Panel, boards, panels};
use runbooks::{SECTIONS, runbooks};

const SHORTEST_DESCRIPTION: usize = 60;
const UNITS: [&str; 8] = [
    "s",
    "d",
    "percentunit",
    "ops",
    "decbytes",
    "currencyGBP",
    "bool_yes_no",
    "none",
];
/// Panels whose figures are plain counts, or so many times the usual.
const COUNTS: [&str; 35] = [
    "Does somebody guess?",
    "How many services are seen?",
    "How much waits?",
    "How much was set aside?",
    "Has the broker raised an alarm?",
    "How much waits in the queues?",
    "How large are the batches?",
    "How many consumers has each queue?",
    "Which messages are refused?",
    "Which events fail on their own?",
    "Does a message break connections?",
    "Do broadcasts reach every observer?",
    "Are dead letters lost?",
    "Which versions run?",
    "How busy are the database connections?",
    "How many values lie under each key?",
    "Is a key missing?",
    "How much lies in the dead queues?",
    "Who connects to the broker?",
    "Accepted logins",
    "Challenged logins",
    "Rejected codes",
    "Set-ups completed",
    "Resets",
    "Held back or locked",
    "Are there more wrong codes than usual?",
    "Are there more resets than usual?",
    "How far off are phones' clocks?",
    "Texts paid for",
    "Texts that failed",
    "Texts not known",
    "Texts that were used",
    "Requests held back",
    "How many texts are used?",
    "Are there more texts than usual?",
];

#[test]
fn every_panel_says_what_it_shows() {
    for panel in panels() {
        let title = panel.title();
        let description = panel.description();
        assert!(!title.is_empty(), "a panel of {} has no title", panel.board);
        assert!(
            description.len() >= SHORTEST_DESCRIPTION && !description.starts_with(title),
            "{title}: the description must say what is counted, what is usual, what else it means"
        );
        for part in ["Usual: ", "Next: "] {
            assert!(
                description.contains(part),
                "{title}: the description lacks {part:?}"
            );
        }
        let unit = panel.unit();
        assert!(UNITS.contains(&unit), "{title}: the unit {unit:?}");
        let is_count = COUNTS.contains(&title);
        assert_eq!(unit == "none", is_count, "{title}: a count, or not?");
    }
}

#[test]
fn titles_are_distinct() {
    for board in boards() {
        let panels = board.panels();
        let titles: BTreeSet<&str> = panels.iter().map(Panel::title).collect();
        assert_eq!(titles.len(), panels.len(), "{}", board.name);
    }
}

#[test]
fn every_board_lets_choose_where_it_looks() {
    for board in boards() {
        let name = &board.name;
        assert_eq!(board.json["uid"], format!("twofactor-{name}"));
        assert_eq!(board.json["editable"], false, "{name}");
        assert!(board.json["schemaVersion"].as_u64() >= Some(39), "{name}");
        for variable in ["datasource", "instance", "runbooks"] {
            assert!(board.variables().contains(&variable), "{name}: {variable}");
        }
        for panel in board.panels() {
            assert_eq!(panel.datasource(), "${datasource}", "{}", panel.title());
        }
    }
}

#[test]
fn expressions_follow_the_variables() {
    for panel in panels() {
        let title = panel.title().to_owned();
        for expr in panel.expressions() {
            for range in promql::ranges(expr) {
                let is_right =
                    range == "$__rate_interval" || panel.is_tile() && range == "$__range";
                assert!(is_right, "{title}: the range {range} is fixed");
            }
            for metric in promql::metrics(expr) {
                for selector in promql::selectors(expr, &metric) {
                    let is_ours = metric.starts_with("twofactor_") || metric == "up";
                    let of_broker = selector.contains("rabbitmq");
                    let follows = selector.contains("instance=~\"$instance\"");
                    assert_eq!(follows, is_ours && !of_broker, "{title}: {metric}");
                }
                if metric.ends_with("_total") || metric.ends_with("_bucket") {
                    let is_rate = expr.contains("rate(") || expr.contains("increase(");
                    assert!(is_rate, "{title}: {metric} only ever grows");
                }
            }
        }
    }
}

#[test]
fn alert_runbook_and_panel_come_together() {
    let alerts: BTreeSet<String> = alerts().into_keys().collect();
    let pages: BTreeSet<String> = runbooks().into_iter().map(|page| page.name).collect();
    assert_eq!(
        alerts, pages,
        "an alert for each runbook, a runbook for each alert"
    );
    let panels = panels();
    let linked: BTreeSet<String> = panels
        .iter()
        .flat_map(|panel| panel.alerts())
        .map(str::to_owned)
        .collect();
    assert_eq!(
        alerts, linked,
        "a panel for each alert, which links to its runbook"
    );
    for page in runbooks() {
        let panel = panels
            .iter()
            .find(|panel| panel.alerts().contains(&page.name.as_str()))
            .expect("there is one, as seen above");
        let content = page.content.replace('\n', " ");
        let named = format!("“{}”", panel.title());
        assert!(
            content.contains(&named),
            "{} must name the panel {named}",
            page.name
        );
        let file = format!("dashboards/{}.json", panel.board);
        assert!(content.contains(&file), "{} must name {file}", page.name);
    }
}

#[test]
fn a_panel_is_red_where_its_alert_fires() {
    let alerts = alerts();
    for panel in panels() {
        for name in panel.alerts() {
            let rule = &alerts[name];
            let figures = promql::metrics(&rule.expr);
            let shown = panel.expressions();
            let shown = shown.iter().flat_map(|expr| promql::metrics(expr));
            let same: Vec<String> = shown.filter(|figure| figures.contains(figure)).collect();
            assert!(
                !same.is_empty(),
                "{} shows another figure than {name}",
                panel.title()
            );
            if let Some(threshold) = rule.threshold() {
                // A ticket beside a page is the milder colour.
                let pages = |name: &&str| alerts[*name].labels["severity"] == "page";
                let is_mild = !pages(&name) && panel.alerts().iter().any(pages);
                let color = if is_mild { "orange" } else { "red" };
                assert_eq!(
                    Some(threshold),
                    panel.turns(color),
                    "{name}: {}",
                    panel.title()
                );
            }
        }
    }
}

#[test]
fn every_alert_says_what_it_must() {
    for (name, rule) in alerts() {
        assert!(name.starts_with("Twofactor"), "{name}");
        let severity = rule.labels["severity"].as_str();
        assert!(["page", "ticket"].contains(&severity), "{name}: {severity}");
        assert!(rule.hold.is_some(), "{name} must say for how long");
        for member in ["summary", "description", "why"] {
            let content = rule.annotations.get(member).map_or("", String::as_str);
            assert!(content.len() > 20, "{name} must have a {member}");
        }
        assert_eq!(
            rule.annotations["runbook_url"],
            format!("{{{{ $externalURL }}}}/user/runbooks/{name}.md")
        );
    }
}

#[test]
fn every_ratio_of_an_alert_has_a_floor() {
    let figures: BTreeMap<String, String> = rules()
        .into_iter()
        .filter_map(|rule| Some((rule.record?, rule.expr)))
        .collect();
    for (name, rule) in alerts() {
        let names = promql::metrics(&rule.expr);
        let is_ratio = rule.expr.contains("quantile")
            || names.iter().any(|figure| figure.contains(":ratio"))
            || names.iter().any(|figure| figures.contains_key(figure));
        let bare = promql::without_selectors(&rule.expr);
        let has_floor = bare.contains("and") && bare.contains(">=") || bare.contains("clamp_min");
        assert!(!is_ratio || has_floor, "{name} needs a floor of events");
    }
}

#[test]
fn every_runbook_has_its_sections_and_something_to_paste() {
    let alerts = alerts();
    for page in runbooks() {
        let name = &page.name;
        let severity = &alerts[name].labels["severity"];
        let head = format!("# {name}\n\n**{severity}**");
        assert!(page.content.starts_with(&head), "{name}: name and severity");
        let sections = page.sections();
        let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
        assert_eq!(headings, SECTIONS, "{name}");
        for (heading, content) in &sections {
            let words = content.split_whitespace().count();
            // A section without content says so in four words.
            let fewest = if *heading == "Tell people" { 4 } else { 15 };
            assert!(words >= fewest, "{name}: {heading} says too little");
        }
        assert!(
            !page.blocks("promql").is_empty(),
            "{name}: a query to paste"
        );
    }
}

#[test]
fn every_command_of_the_runbooks_exists() {
    let program = environment::binary_folder().join("twofactor-ctl");
    for page in runbooks() {
        for line in page.blocks("sh").iter().flat_map(|block| block.lines()) {
            let words = line.strip_prefix("twofactor-ctl ");
            let words = words.expect("a command to paste is one of ours");
            let ran = Command::new(&program)
                .args(words.split(' '))
                .arg("--help")
                .output()
                .expect("the programs are built");
            assert!(ran.status.success(), "{}: {line}", page.name);
        }
    }
}

#[test]
fn every_metric_of_ours_exists() {
    let source = include_str!("../../../worker/src/metrics/names.rs");
    let recorded: BTreeSet<String> = rules().into_iter().filter_map(|rule| rule.record).collect();
    for metric in metrics() {
        if metric.starts_with("twofactor:") {
            assert!(recorded.contains(&metric), "{metric} is not recorded");
        } else if metric.starts_with("twofactor_") {
            let parts = ["_bucket", "_sum", "_count"];
            let mut stems = parts.iter().filter_map(|part| metric.strip_suffix(part));
            let names = |name: &str| source.contains(&format!("\"{name}\""));
            let exists = names(&metric) || stems.any(names);
            assert!(exists, "no worker has {metric}");
        }
    }
}

/// Returns every metric that a panel, a runbook or an alert names.
fn metrics() -> BTreeSet<String> {
    let panels = panels();
    let pages = runbooks();
    let rules = rules();
    let expressions = panels
        .iter()
        .flat_map(|panel| panel.expressions())
        .chain(pages.iter().flat_map(|page| page.blocks("promql")))
        .chain(rules.iter().map(|rule| rule.expr.as_str()));
    expressions.flat_map(promql::metrics).collect()
}
