//! The dashboards as the tests see them: panels with their words, units, thresholds, expressions.
//!
//! It knows Grafana's JSON and no figure.

use std::fs;

use serde_json::Value;

use crate::files::{folder, names};

/// A dashboard.
pub struct Board {
    /// The name of its file, without the ending.
    pub name: String,
    /// Its contents.
    pub json: Value,
}

/// One panel of a dashboard that shows figures.
#[derive(Clone)]
pub struct Panel {
    /// The name of its dashboard.
    pub board: String,
    json: Value,
}

/// Returns every dashboard.
pub fn boards() -> Vec<Board> {
    let all = names(&folder(), ".json").into_iter().map(|name| {
        let path = folder().join(format!("{name}.json"));
        let content = fs::read_to_string(path).expect("a readable dashboard");
        let json = serde_json::from_str(&content).expect("a dashboard is JSON");
        Board { name, json }
    });
    all.collect()
}

/// Returns every panel of every dashboard.
pub fn panels() -> Vec<Panel> {
    boards().iter().flat_map(Board::panels).collect()
}

impl Board {
    /// Returns its panels that show figures.
    pub fn panels(&self) -> Vec<Panel> {
        let all = self.json["panels"].as_array().expect("panels");
        all.iter()
            .filter(|panel| panel["type"] != "row" && panel["type"] != "text")
            .map(|json| Panel {
                board: self.name.clone(),
                json: json.clone(),
            })
            .collect()
    }

    /// Returns the names of its variables.
    pub fn variables(&self) -> Vec<&str> {
        let list = self.json["templating"]["list"].as_array();
        let list = list.expect("a list of variables");
        list.iter()
            .filter_map(|variable| variable["name"].as_str())
            .collect()
    }
}

impl Panel {
    /// Returns its id, unique on its dashboard.
    pub fn id(&self) -> u64 {
        self.json["id"].as_u64().expect("a panel has an id")
    }

    /// Returns its title: a question.
    pub fn title(&self) -> &str {
        self.json["title"].as_str().unwrap_or_default()
    }

    /// Returns its description: what is counted, what is usual, what else it may mean.
    pub fn description(&self) -> &str {
        self.json["description"].as_str().unwrap_or_default()
    }

    /// Returns the unit of its figures.
    pub fn unit(&self) -> &str {
        self.json["fieldConfig"]["defaults"]["unit"]
            .as_str()
            .unwrap_or_default()
    }

    /// Returns the source of its figures.
    pub fn datasource(&self) -> &str {
        self.json["datasource"]["uid"].as_str().unwrap_or_default()
    }

    /// Does it show one figure instead of a course?
    pub fn is_tile(&self) -> bool {
        self.json["type"] != "timeseries"
    }

    /// Returns its expressions.
    pub fn expressions(&self) -> Vec<&str> {
        let targets = self.json["targets"].as_array().expect("targets");
        let expressions = targets.iter().map(|target| target["expr"].as_str());
        expressions
            .map(|expr| expr.expect("an expression"))
            .collect()
    }

    /// Returns the targets of its links.
    pub fn links(&self) -> Vec<&str> {
        let links = self.json["links"].as_array().expect("links");
        links
            .iter()
            .filter_map(|link| link["url"].as_str())
            .collect()
    }

    /// Returns the panels that it leads to: dashboard and id.
    pub fn leads_to(&self) -> Vec<(String, u64)> {
        let panels = self.links().into_iter().filter_map(|url| {
            let (board, rest) = url
                .strip_prefix("/d/twofactor-")?
                .split_once("?viewPanel=")?;
            let (id, _) = rest.split_once('&')?;
            Some((board.to_owned(), id.parse().ok()?))
        });
        panels.collect()
    }

    /// Returns the alerts whose runbooks it links to.
    pub fn alerts(&self) -> Vec<&str> {
        let runbooks = self.links().into_iter().filter_map(|url| {
            let page = url.strip_prefix("${runbooks}/")?;
            page.strip_suffix(".md")
        });
        runbooks.collect()
    }

    /// Returns the threshold of that colour: `true` if above it, and its value.
    ///
    /// Steps go from small to large, the first has no value. Where that one is red, small is bad.
    pub fn turns(&self, color: &str) -> Option<(bool, f64)> {
        let steps = self.json["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array()?;
        let small_is_bad = steps.first()?["color"] == "red";
        let at = steps.iter().position(|step| step["color"] == color)?;
        let edge = if small_is_bad { at + 1 } else { at };
        Some((!small_is_bad, steps.get(edge)?["value"].as_f64()?))
    }
}
