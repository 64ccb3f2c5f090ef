//! `clients`: builds what the suites of the published clients need, and becomes the program that
//! runs them.
//!
//! It does not know how a suite is run: that is in the testkit.

use std::{os::unix::process::CommandExt as _, process::Command};

use anyhow::{Error, Result};
use clap::{Args, ValueEnum as _};
use twofactor_stack::checkout;

use crate::{build, integrators_page::Language};

const PROGRAM: &str = "twofactor-clients";

/// Choice of suites.
#[derive(Args)]
pub struct Options {
    /// Languages of the suites; all where none is named.
    #[arg(value_name = "LANGUAGE")]
    languages: Vec<Language>,
    /// Runs no suite: starts the stack, writes the variables of a suite to target/clients/env, and
    /// waits for Ctrl-C.
    #[arg(long, conflicts_with = "languages")]
    serve: bool,
}

/// Does what the options say.
pub fn run(options: &Options) -> Result<()> {
    println!("Building the programs (the first time takes some minutes) …");
    build::product(&[PROGRAM])?;
    let named = &options.languages;
    let tries_rust = named.is_empty() || named.contains(&Language::Rust);
    if tries_rust && !options.serve {
        build::test(build::SCENARIOS)?;
    }
    let mut program = Command::new(checkout::binaries()?.join(PROGRAM));
    for language in named.iter().filter_map(Language::to_possible_value) {
        program.arg(language.get_name());
    }
    if options.serve {
        program.arg("--serve");
    }
    let error = program.exec();
    let path = program.get_program().display();
    Err(Error::new(error).context(format!("cannot run {path}")))
}
