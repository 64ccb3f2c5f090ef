//! The programs that each command needs, and their build, so that none is older than its
//! source.
//!
//! Every build is of the whole workspace, with a choice of programs: the features of dependencies
//! are then the same each time, and none of them is compiled twice.

use std::process::Command;

use anyhow::Result;

use crate::cargo;

/// The programs that a stack starts.
const PRODUCT: [&str; 7] = [
    "twofactor-login",
    "twofactor-sms",
    "twofactor-enrollment",
    "twofactor-reset",
    "twofactor-ctl",
    "sms-sandbox",
    "demo-crm",
];
/// The demonstration.
pub const DEMO: &str = "twofactor-demo";
/// The benchmarks.
pub const BENCH: &str = "twofactor-bench";
/// Makes the benchmarks as fast as what they measure.
const OPTIMISED: [&str; 2] = [
    "--config",
    "profile.release.package.twofactor-bench.opt-level=2",
];
/// The counter of allocations, for the benchmarks.
const ALLOCATIONS: &str = "twofactor-allocations";
/// The worker with failpoints, for tests alone: see `failing-worker`.
const FAILING: &str = "failing-worker";

/// The scenarios of the Rust client, a test program.
pub const SCENARIOS: &str = "scenarios";

/// Builds one program.
pub fn only(program: &str) -> Result<()> {
    let words = ["build", "--release", "--workspace", "--bin", program];
    cargo::compile(&mut cargo::command(&words)?)
}

/// Builds the programs of a stack, and the named programs besides.
pub fn product(besides: &[&str]) -> Result<()> {
    cargo::compile(&mut of_product(besides)?)
}

/// Builds the programs of a stack and the benchmarks, optimised.
pub fn benchmarks() -> Result<()> {
    cargo::compile(of_product(&[BENCH, ALLOCATIONS])?.args(OPTIMISED))
}

fn of_product(besides: &[&str]) -> Result<Command> {
    let mut words = vec!["build", "--release", "--workspace"];
    for program in PRODUCT.iter().chain(besides) {
        words.extend(["--bin", program]);
    }
    cargo::command(&words)
}

/// Builds the test programs of that name.
pub fn test(name: &str) -> Result<()> {
    let words = [
        "test",
        "--release",
        "--workspace",
        "--test",
        name,
        "--no-run",
    ];
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
    // Arguments after `--` are for the test programs.
    let ours = arguments.iter().take_while(|word| *word != "--");
    let tests = ["test", "--release", "--workspace", "--no-run"];
    cargo::compile(cargo::command(&tests)?.args(ours))?;
    // The test `clients` runs them, whatever the arguments select.
    test(SCENARIOS)
}
