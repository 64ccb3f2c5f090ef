//! Every link between the pages of the repository leads to a file, and to a heading in it.
//!
//! It reads links and headings in Markdown, and follows no link out of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders without pages of ours.
const LEFT_OUT: [&str; 3] = ["target", ".git", "node_modules"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page below a folder.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_left_out = name.is_none_or(|name| LEFT_OUT.contains(&name));
        if path.is_dir() && !is_left_out {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// Returns the lines of a page without its blocks of code.
fn prose(page: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push(line);
        }
    }
    lines
}

/// Returns the targets of the inline links of a page, code aside.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page).join("\n");
    let outside_code: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let targets = outside_code.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// Returns the anchors of a page: those of its headings, as GitHub makes them, and those that it
/// names.
fn anchors(page: &str) -> BTreeSet<String> {
    let named = page.split("<a id=\"").skip(1);
    let named = named.filter_map(|rest| rest.split_once('"'));
    let mut anchors: BTreeSet<_> = named.map(|(anchor, _)| anchor.to_owned()).collect();
    let headings = prose(page).into_iter().filter(|line| line.starts_with('#'));
    for heading in headings {
        let anchor = anchor(heading.trim_start_matches('#').trim());
        let mut numbered = anchor.clone();
        let mut count = 0;
        while !anchors.insert(numbered.clone()) {
            count += 1;
            numbered = format!("{anchor}-{count}");
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    let kept: String = kept.collect();
    kept.to_lowercase().replace(' ', "-")
}

/// Returns what is wrong with a link of a page, if anything is.
fn problem(page: &Path, target: &str) -> Option<String> {
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let file = match path {
        "" => page.to_owned(),
        path => page.parent().expect("a folder").join(path),
    };
    if !file.exists() {
        return Some(format!("{}: nothing is at {target}", page.display()));
    }
    let anchor = anchor?;
    let content = fs::read_to_string(&file).unwrap_or_default();
    let is_there = anchors(&content).contains(anchor);
    (!is_there).then(|| {
        format!(
            "{}: no heading and no anchor is at {target}",
            page.display()
        )
    })
}

#[test]
fn every_link_leads_somewhere() {
    let mut all = Vec::new();
    pages(&root(), &mut all);
    assert!(all.len() >= 30, "{all:?}");
    let mut problems = Vec::new();
    let mut count = 0;
    for page in &all {
        let content = fs::read_to_string(page).expect("a page");
        let inside = links(&content)
            .into_iter()
            .filter(|link| !link.contains(':'));
        for link in inside {
            count += 1;
            problems.extend(problem(page, &link));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(count >= 40, "{count} links");
}

#[test]
fn every_page_of_the_repository_can_be_reached_from_the_readme() {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![root().join("README.md").canonicalize().expect("the README")];
    while let Some(page) = waiting.pop() {
        if !reached.insert(page.clone()) {
            continue;
        }
        let content = fs::read_to_string(&page).expect("a page");
        let folder = page.parent().expect("a folder");
        for link in links(&content) {
            let path = link.split('#').next().unwrap_or_default();
            let Ok(path) = folder.join(path).canonicalize() else {
                continue;
            };
            if path.is_dir() {
                let mut inside = Vec::new();
                pages(&path, &mut inside);
                waiting.extend(inside);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                waiting.push(path);
            }
        }
    }
    let mut all = Vec::new();
    pages(&root(), &mut all);
    let missing: Vec<PathBuf> = all
        .into_iter()
        .map(|page| page.canonicalize().expect("a page"))
        .filter(|page| !reached.contains(page))
        .collect();
    assert!(missing.is_empty(), "no link leads to {missing:#?}");
}

#[test]
fn links_and_anchors_are_read_as_they_are_shown() {
    let page = "# A `b` & c's\n[x](y.md#z) `[no](link)`\n```\n[no](link)\n# no\n```\n# A b  c\n";
    assert_eq!(links(page), ["y.md#z"]);
    let expected = ["a-b--c", "a-b--cs"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(expected));
}
