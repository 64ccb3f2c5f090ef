//! Which programs each command needs, and how they are built, so that none is older than its source.
//!
//! Every build is of the whole workspace with fewer programs or more: what the crates of others are
//! built with is then the same each time, and none of them is compiled twice.

use anyhow::Result;

use crate::cargo;

/// Those that a stack starts.
const PRODUCT: [&str; 6] = [
    "twofactor-login",
    "twofactor-sms",
    "twofactor-enrollment",
    "twofactor-reset",
    "twofactor-ctl",
    "sms-sandbox",
];
/// The demonstration.
pub const DEMO: &str = "twofactor-demo";
/// The benchmarks.
pub const BENCH: &str = "twofactor-bench";
/// What counts allocations for the benchmarks.
pub const ALLOCATIONS: &str = "twofactor-allocations";
/// The worker that tests can end, which nothing else may have: see `failing-worker`.
const FAILING: &str = "failing-worker";

/// Builds one program.
pub fn only(program: &str) -> Result<()> {
    let words = ["build", "--release", "--workspace", "--bin", program];
    cargo::compile(&mut cargo::command(&words)?)
}

/// Builds what a stack starts, and the named programs besides.
pub fn product(besides: &[&str]) -> Result<()> {
    let mut words = vec!["build", "--release", "--workspace"];
    for program in PRODUCT.iter().chain(besides) {
        words.extend(["--bin", program]);
    }
    cargo::compile(&mut cargo::command(&words)?)
}

/// Builds every program, the one for tests alone, and the tests.
pub fn with_tests(arguments: &[String]) -> Result<()> {
    let all = ["build", "--release", "--workspace", "--bins"];
    cargo::compile(&mut cargo::command(&all)?)?;
    let failing = [
        "build",
        "--release",
        "--workspace",
        "--bin",
        FAILING,
        "--features",
        "failing-worker/failpoints",
    ];
    cargo::compile(&mut cargo::command(&failing)?)?;
    // What follows `--` is the test programs' own.
    let ours = arguments.iter().take_while(|word| *word != "--");
    let tests = ["test", "--release", "--workspace", "--no-run"];
    cargo::compile(cargo::command(&tests)?.args(ours))
}
