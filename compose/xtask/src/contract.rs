//! `contract`: writes the published contract, and lets others read and render it.
//!
//! The contents come from `twofactor-document`. Foreign programs come from npm and
//! `PyPI`, at pinned versions, into `target/contract`; none is part of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use twofactor_stack::checkout;

use crate::{build, cargo, integrators_page, integrators_page::Language};

/// The program that writes the files.
const PROGRAM: &str = "twofactor-document";

/// The modes other than writing the files.
#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own, and clap allows one"
)]
#[group(multiple = false)]
pub struct Options {
    /// Writes nothing, and fails where a file is stale.
    #[arg(long)]
    check: bool,
    /// Keeps what is published today as what every later release must still read and produce.
    #[arg(long)]
    release: bool,
    /// Reads the files with AsyncAPI's parser, ajv and Python's jsonschema (needs Node, npm, pip).
    #[arg(long)]
    validate: bool,
    /// Renders the AsyncAPI document into target/contract/html (needs Node, npm).
    #[arg(long)]
    html: bool,
    /// Runs the first logins of shared/contract/README.md against the stack of `up`: all, or those
    /// of the languages named.
    #[arg(long = "try", value_name = "LANGUAGE", num_args = 0..)]
    languages: Option<Vec<Language>>,
}

/// Does what the options say.
pub fn run(options: &Options) -> Result<()> {
    if options.validate {
        return validate();
    }
    if options.html {
        return html();
    }
    if let Some(languages) = &options.languages {
        return integrators_page::run(languages);
    }
    build::only(PROGRAM)?;
    let mut document = Command::new(checkout::binaries()?.join(PROGRAM));
    if options.check {
        document.arg("--check");
    }
    if options.release {
        document.arg("--release");
    }
    cargo::run(&mut document)
}

fn validate() -> Result<()> {
    let contract = published()?;
    let installed = install("validate")?;
    let mut node = Command::new("node");
    cargo::run(
        node.arg("validate.mjs")
            .arg(&contract)
            .current_dir(&installed),
    )?;
    let packages = installed.join("python");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
        .arg(&packages)
        .args(["--requirement", "requirements.txt"])
        .current_dir(&installed);
    cargo::run(&mut pip)?;
    let mut python = Command::new("python3");
    python
        .arg("validate.py")
        .arg(&contract)
        .env("PYTHONPATH", &packages)
        .current_dir(&installed);
    cargo::run(&mut python)
}

fn html() -> Result<()> {
    let output = checkout::target()?.join("contract/html");
    let installed = install("html")?;
    let mut node = Command::new("node");
    node.arg("render.mjs")
        .args([&published()?, &output])
        .current_dir(&installed);
    cargo::run(&mut node)?;
    println!("Look at {}", output.join("index.html").display());
    Ok(())
}

/// Returns the folder of the published files.
pub fn published() -> Result<PathBuf> {
    Ok(checkout::root()?.join("shared/contract"))
}

/// Copies a folder of the contract below `target`, and installs there what its lock file names.
fn install(name: &str) -> Result<PathBuf> {
    let source = published()?.join(name);
    let installed = checkout::target()?.join("contract/programs").join(name);
    copy(&source, &installed)?;
    let mut npm = Command::new("npm");
    // No script of a package runs at the installation, so none can fetch anything else.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&installed);
    cargo::run(&mut npm)?;
    Ok(installed)
}

fn copy(source: &Path, target: &Path) -> Result<()> {
    fs::create_dir_all(target).with_context(|| format!("{} cannot be made", target.display()))?;
    let entries = fs::read_dir(source);
    let entries = entries.with_context(|| format!("{} cannot be read", source.display()))?;
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            bail!("{} is no file", entry.path().display());
        }
        fs::copy(entry.path(), target.join(entry.file_name()))
            .with_context(|| format!("{} cannot be copied", entry.path().display()))?;
    }
    Ok(())
}
