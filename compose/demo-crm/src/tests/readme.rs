//! The table of duties in the README: each names a function that is there.

use std::fs;
use std::path::Path;

#[test]
fn each_duty_of_the_readme_stands_where_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(folder.join("README.md")).expect("the README");
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("`]("));
    let mut duties = 0;
    for row in rows {
        for link in row.split("[`").skip(1) {
            let (name, path) = link.split_once("`](").expect("a link");
            let path = path.split(')').next().expect("a path");
            let source = fs::read_to_string(folder.join(path));
            let source = source.unwrap_or_else(|_| panic!("{path} is not there"));
            let (_, name) = name.split_once(": ").expect("a file and a name");
            assert!(source.contains(name), "{path} has no {name}: {row}");
        }
        duties += 1;
    }
    assert!(duties >= 20, "{duties} duties");
}
