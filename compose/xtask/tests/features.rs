//! Programs and tests are built with the same features of each dependency. Else Cargo compiles it twice,
//! and every crate that uses it: once for the programs, once for the tests.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Returns the dependencies of the workspace over these kinds of edges, with their features.
fn dependencies(edges: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--workspace"])
        .args(["--edges", edges, "--prefix", "none", "--format", "{p} {f}"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8(output.stdout).expect("text");
    let lines = printed
        .lines()
        .map(|line| line.trim_end_matches(" (*)").trim());
    // Our own crates have their folder in parentheses.
    let others = lines.filter(|line| !line.contains(" (/"));
    others.map(str::to_owned).collect()
}

#[test]
fn programs_and_tests_have_the_same_features_of_each_dependency() {
    let of_programs = dependencies("no-dev");
    let of_tests = dependencies("all");
    assert!(of_programs.len() > 100, "{of_programs:?}");
    let differ: Vec<_> = of_programs.difference(&of_tests).collect();
    assert!(
        differ.is_empty(),
        "a dependency of tests alone gives these more features, so they are compiled twice: \
         {differ:#?}"
    );
}
