//! Runs the first logins that `shared/contract/README.md` shows, unchanged.
//!
//! It knows how a block is found and which program runs it, and nothing of what a login is: the
//! last line that a block prints says whether it was let in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use twofactor_stack::{checkout, interrupt};

use crate::cargo;

/// The language of an integrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Needs pika.
    Python,
    /// Needs Debian's php-amqplib.
    Php,
    /// Fetches amqplib from npm.
    Node,
    /// Fetches its crates.
    Rust,
}

impl Language {
    /// Returns the first line of its block in the page.
    const fn fence(self) -> &'static str {
        match self {
            Self::Python => "```python\n",
            Self::Php => "```php\n",
            Self::Node => "```js\n",
            Self::Rust => "```rust\n",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Python => "first_login.py",
            Self::Php => "first_login.php",
            Self::Node => "first_login.mjs",
            Self::Rust => "src/main.rs",
        }
    }

    /// Returns the command that fetches the library, if there is one, and that which runs the code.
    const fn commands(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            // Debian's, which has Debian's pika.
            Self::Python => (&[], &["/usr/bin/python3", "first_login.py"]),
            Self::Php => (&[], &["php", "first_login.php"]),
            Self::Node => (
                &[
                    "npm",
                    "install",
                    "--no-save",
                    "--no-audit",
                    "--no-fund",
                    "amqplib@2",
                ],
                &["node", "first_login.mjs"],
            ),
            Self::Rust => (&[], &["cargo", "run", "--quiet"]),
        }
    }
}

/// Runs the blocks of these languages, or of all where none is named.
pub fn run(languages: &[Language]) -> Result<()> {
    let page = page()?;
    let page =
        fs::read_to_string(&page).with_context(|| format!("{} cannot be read", page.display()))?;
    let url = broker()?;
    let all = Language::value_variants();
    for language in if languages.is_empty() { all } else { languages } {
        interrupt::check()?;
        println!("\n── {language:?}");
        try_one(*language, block(&page, *language)?, &url)
            .with_context(|| format!("the {language:?} block of the page does not do"))?;
    }
    Ok(())
}

fn try_one(language: Language, block: &str, url: &str) -> Result<()> {
    let folder = checkout::target()?.join(format!("contract/try/{language:?}"));
    write(&folder.join(language.file()), block)?;
    if language == Language::Rust {
        write(&folder.join("Cargo.toml"), MANIFEST)?;
    }
    let (fetch, run) = language.commands();
    if !fetch.is_empty() {
        cargo::run(&mut command(fetch, &folder))?;
    }
    let mut run = command(run, &folder);
    let output = run
        .env("CRM_AMQP_URL", url)
        .stderr(Stdio::inherit())
        .output();
    let output = output.with_context(|| format!("cannot run {}", run.get_program().display()))?;
    let content = String::from_utf8_lossy(&output.stdout);
    print!("{content}");
    ensure!(output.status.success(), "it ended with {}", output.status);
    let last = content.lines().last().unwrap_or_default();
    ensure!(last.starts_with("let in: "), "it was not let in");
    Ok(())
}

/// The crates that the page says to add.
const MANIFEST: &str = r#"[package]
name = "first-login"
version = "0.1.0"
edition = "2024"

[dependencies]
futures = "0.3"
jiff = "1"
lapin = "4"
serde_json = "1"
tokio = { version = "1", features = ["full"] }
totp-rs = { version = "6", features = ["otpauth"] }
uuid = { version = "1", features = ["v4", "serde"] }

[workspace]
"#;

fn command(words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder);
    command
}

fn write(path: &Path, content: &str) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

/// Returns the block of a language, from its fence to the next.
fn block(page: &str, language: Language) -> Result<&str> {
    let fence = language.fence();
    let (_, after) = page
        .split_once(fence)
        .with_context(|| format!("the page has no block {}", fence.trim_end()))?;
    let (block, _) = after.split_once("\n```").context("a block has no end")?;
    Ok(block)
}

/// Returns the address at which a CRM publishes to the stack that `up` left running.
fn broker() -> Result<String> {
    let path = checkout::stack()?.join("env");
    let Ok(env) = fs::read_to_string(&path) else {
        bail!("there is no stack to try it on: run `cargo xtask up` first");
    };
    let line = env
        .lines()
        .find_map(|line| line.strip_prefix("export CRM_AMQP_URL='"));
    let url = line.and_then(|line| line.strip_suffix('\''));
    let url = url.with_context(|| format!("{} has no CRM_AMQP_URL", path.display()))?;
    Ok(url.to_owned())
}

/// Returns the page itself.
fn page() -> Result<PathBuf> {
    Ok(checkout::root()?.join("shared/contract/README.md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_block_of_every_language() {
        let page = page().expect("a checkout");
        let page = fs::read_to_string(page).expect("the page");
        for language in Language::value_variants() {
            let block = block(&page, *language).expect("a block");
            assert!(block.contains("let in:"), "{language:?}");
            let lines = block.lines().count();
            assert!(lines <= 90, "{language:?} has {lines} lines");
        }
    }
}
