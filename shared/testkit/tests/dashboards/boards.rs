//! The dashboards as the tests see them: panels with their texts, units, thresholds, expressions.
//!
//! It knows Grafana's JSON and no figure.

use std::fs;

use serde_json::Value;

use crate::files::{folder, names};

/// A dashboard.
pub struct Board {
    /// The name of its file, without the ending.
    pub name: String,
    /// The whole of it.
    pub json: Value,
}

/// One panel of a dashboard, but no heading.
#[derive(Clone)]
pub struct Panel {
    /// The name of its dashboard.
    pub board: String,
    json: Value,
}

/// Every dashboard.
pub fn boards() -> Vec<Board> {
    let all = names(&folder(), ".json").into_iter().map(|name| {
        let path = folder().join(format!("{name}.json"));
        let text = fs::read_to_string(path).expect("a readable dashboard");
        let json = serde_json::from_str(&text).expect("a dashboard is JSON");
        Board { name, json }
    });
    all.collect()
}

/// Every panel of every dashboard.
pub fn panels() -> Vec<Panel> {
    boards().iter().flat_map(Board::panels).collect()
}

impl Board {
    /// Its panels, without headings.
    pub fn panels(&self) -> Vec<Panel> {
        let all = self.json["panels"].as_array().expect("panels");
        all.iter()
            .filter(|panel| panel["type"] != "row")
            .map(|json| Panel {
                board: self.name.clone(),
                json: json.clone(),
            })
            .collect()
    }

    /// The names of its variables.
    pub fn variables(&self) -> Vec<&str> {
        let list = self.json["templating"]["list"].as_array();
        let list = list.expect("a list of variables");
        list.iter()
            .filter_map(|variable| variable["name"].as_str())
            .collect()
    }
}

impl Panel {
    /// What it asks.
    pub fn title(&self) -> &str {
        self.json["title"].as_str().unwrap_or_default()
    }

    /// What is counted, what is usual, what else it may mean.
    pub fn description(&self) -> &str {
        self.json["description"].as_str().unwrap_or_default()
    }

    /// The unit of its figures.
    pub fn unit(&self) -> &str {
        self.json["fieldConfig"]["defaults"]["unit"]
            .as_str()
            .unwrap_or_default()
    }

    /// Where its figures come from.
    pub fn datasource(&self) -> &str {
        self.json["datasource"]["uid"].as_str().unwrap_or_default()
    }

    /// Whether it shows one figure instead of a course.
    pub fn is_tile(&self) -> bool {
        self.json["type"] != "timeseries"
    }

    /// Its expressions.
    pub fn expressions(&self) -> Vec<&str> {
        let targets = self.json["targets"].as_array().expect("targets");
        let expressions = targets.iter().map(|target| target["expr"].as_str());
        expressions
            .map(|expr| expr.expect("an expression"))
            .collect()
    }

    /// Where it links to.
    pub fn links(&self) -> Vec<&str> {
        let links = self.json["links"].as_array().expect("links");
        links
            .iter()
            .filter_map(|link| link["url"].as_str())
            .collect()
    }

    /// The alerts whose runbooks it links to.
    pub fn alerts(&self) -> Vec<&str> {
        let runbooks = self.links().into_iter().filter_map(|url| {
            let page = url.strip_prefix("${runbooks}/")?;
            page.strip_suffix(".md")
        });
        runbooks.collect()
    }

    /// Where its figures turn red: whether above, and from which number.
    pub fn turns_red(&self) -> Option<(bool, f64)> {
        let steps = self.json["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array()?;
        let number = |color: &str| {
            let step = steps.iter().find(|step| step["color"] == color)?;
            step["value"].as_f64()
        };
        let above = number("red").map(|number| (true, number));
        above.or_else(|| number("green").map(|number| (false, number)))
    }
}
