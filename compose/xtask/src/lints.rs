//! Lints, judged by one version of the compiler: a newer one may have new lints.

use std::{env, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::cargo;

/// Runs clippy over everything. A warning fails where the compiler has the version that
/// `Cargo.toml` names, and is only shown elsewhere.
pub fn check() -> Result<()> {
    let named = named_version()?;
    let rustc = own_version()?;
    let mut clippy = cargo::command(&["clippy", "--release", "--workspace", "--all-targets"])?;
    if is_of(&rustc, &named) {
        clippy.args(["--", "-D", "warnings"]);
    } else {
        println!(
            "   Warnings do not count here: they are judged by rustc {named}, this is {rustc}."
        );
    }
    cargo::compile(&mut clippy)
}

/// Returns the version in `[workspace.metadata.lints]`.
fn named_version() -> Result<String> {
    let arguments = ["metadata", "--format-version", "1", "--no-deps"];
    let printed = output(&mut cargo::command(&arguments)?)?;
    let metadata: Value =
        serde_json::from_str(&printed).context("`cargo metadata` gave no JSON")?;
    let named = metadata["metadata"]["lints"]["rustc"].as_str();
    let named = named.context("Cargo.toml names no `rustc` in [workspace.metadata.lints]")?;
    Ok(named.to_owned())
}

/// Returns the version of the compiler, such as `1.95.0`.
fn own_version() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = output(Command::new(rustc).arg("--version"))?;
    let version = printed.split(' ').nth(1);
    Ok(version.context("rustc has no version")?.to_owned())
}

fn is_of(version: &str, named: &str) -> bool {
    let rest = version.strip_prefix(named);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot run cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_of_its_version() {
        assert!(is_of("1.95.0", "1.95"));
        assert!(is_of("1.95.2", "1.95.2"));
        for other in ["1.96.0", "1.9.5", "1.950.0"] {
            assert!(!is_of(other, "1.95"), "{other}");
        }
        assert!(!is_of("1.95.0-nightly", "1.95.0"));
    }
}
