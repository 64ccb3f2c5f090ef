//! The boards as Grafana lays them out: nothing overlaps, every link leads somewhere, and the
//! operations board asks what is asked at night, in that order.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::boards::{Board, Panel, boards, panels};
use crate::files::folder;

/// The panel types that this Grafana, and every later one, reads without a plugin.
const TYPES: [&str; 6] = ["bargauge", "row", "stat", "table", "text", "timeseries"];
/// The columns of a board.
const WIDTH: u64 = 24;
/// Tiles of a board at most.
const TILES: usize = 8;
/// The questions of the night, from top to bottom.
const ROWS: [&str; 8] = [
    "Can people sign in?",
    "Since when, and at which step?",
    "Is it us, the broker, the database, the provider, a clock, or an attacker?",
    "What do people see now?",
    "Is money burning?",
    "Events and messages",
    "Certificates, keys, seals, versions",
    "Broker",
];

/// Returns the place of a panel: left, top, width, height.
fn place(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a place"))
}

fn all_of(board: &Board) -> &[Value] {
    board.json["panels"].as_array().expect("panels")
}

fn operations() -> Board {
    let mut all = boards().into_iter();
    all.find(|board| board.name == "operations")
        .expect("the board")
}

#[test]
fn panels_lie_side_by_side_and_have_numbers_of_their_own() {
    for board in boards() {
        let panels = all_of(&board);
        let numbers: BTreeSet<u64> = panels
            .iter()
            .filter_map(|panel| panel["id"].as_u64())
            .collect();
        assert_eq!(numbers.len(), panels.len(), "{}", board.name);
        for (at, panel) in panels.iter().enumerate() {
            let title = &panel["title"];
            let kind = panel["type"].as_str().expect("a type");
            assert!(TYPES.contains(&kind), "{title}: {kind}");
            let [x, y, w, h] = place(panel);
            assert!(w > 0 && h > 0 && x + w <= WIDTH, "{title} leaves the board");
            for other in &panels[at + 1..] {
                let [left, top, width, height] = place(other);
                let apart = left >= x + w || x >= left + width || top >= y + h || y >= top + height;
                assert!(apart, "{title} overlaps {}", other["title"]);
            }
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let boards = boards();
    let exists = |name: &str| boards.iter().any(|board| board.name == name);
    for board in &boards {
        for link in board.json["links"].as_array().expect("links") {
            let url = link["url"].as_str().unwrap_or_default();
            let name = url.strip_prefix("/d/twofactor-").expect("a board of ours");
            assert!(exists(name), "{} leads to {url}", board.name);
        }
    }
    let panels = panels();
    for panel in &panels {
        for url in panel.links() {
            let page = url.strip_prefix("${runbooks}/");
            let is_page = page.is_some_and(|page| folder().join("runbooks").join(page).is_file());
            let is_panel = panel.leads_to().iter().any(|(board, id)| {
                url.starts_with(&format!("/d/twofactor-{board}?viewPanel={id}&"))
                    && panels
                        .iter()
                        .any(|other| other.board == *board && other.id() == *id)
            });
            assert!(is_page || is_panel, "{} leads to {url}", panel.title());
        }
    }
}

#[test]
fn the_first_screen_tells_whether_people_can_sign_in() {
    let board = operations();
    let rows: Vec<&str> = all_of(&board)
        .iter()
        .filter(|panel| panel["type"] == "row")
        .filter_map(|row| row["title"].as_str())
        .collect();
    assert_eq!(rows, ROWS, "the questions of the night, in their order");
    let tiles: Vec<Panel> = board
        .panels()
        .into_iter()
        .take_while(Panel::is_tile)
        .collect();
    assert!(tiles.len() <= TILES, "{} tiles are too many", tiles.len());
    for tile in &tiles {
        let title = tile.title();
        assert!(tile.description().contains("Red "), "{title}: its limit");
        assert!(!tile.leads_to().is_empty(), "{title} leads nowhere");
    }
}

#[test]
fn what_leads_to_a_panel_without_a_runbook_of_its_own_is_red_where_that_is() {
    let panels = panels();
    let leading = panels.iter().filter(|panel| panel.alerts().is_empty());
    for panel in leading.filter(|panel| panel.turns("red").is_some()) {
        for (board, id) in panel.leads_to() {
            let mut others = panels.iter();
            let other = others.find(|other| other.board == board && other.id() == id);
            let other = other.expect("every link leads somewhere");
            assert_eq!(panel.turns("red"), other.turns("red"), "{}", panel.title());
        }
    }
}

#[test]
fn what_is_only_written_says_what_it_is_for() {
    for board in boards() {
        for panel in all_of(&board)
            .iter()
            .filter(|panel| panel["type"] == "text")
        {
            let text = |member: &str| panel[member].as_str().unwrap_or_default();
            assert!(!text("title").is_empty() && text("description").len() > 60);
            let content = panel["options"]["content"].as_str().unwrap_or_default();
            for word in ["EVENT_MAX_AGE", "purge a queue", "Never", "Safe"] {
                assert!(content.contains(word), "{}: {word}", board.name);
            }
        }
    }
}
