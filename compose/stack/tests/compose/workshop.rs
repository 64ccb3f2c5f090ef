//! A copy of the folder `compose`, in which the scripts have run, and what compose makes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value};
use tempfile::TempDir;
use twofactor_stack::programs;

/// The files of `compose.yaml` alone.
pub const PLAIN: &[&str] = &["compose.yaml"];
/// The same with everything encrypted.
pub const TLS: &[&str] = &["compose.yaml", "tls.yaml"];
/// What runs our own image.
pub const WORKERS: [&str; 4] = ["login", "sms", "enrollment", "reset"];

/// The workspace's own folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the workspace, as text.
pub fn text(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).expect("a file of the workspace")
}

/// What a file of the workspace in YAML says.
pub fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).expect("YAML")
}

/// A copy of the folder, with secrets and certificates made.
pub struct Workshop(TempDir);

impl Workshop {
    /// Copies what the containers take and runs both scripts.
    pub fn open() -> Self {
        let workshop = Self(tempfile::tempdir().expect("a folder"));
        let compose = workshop.path("");
        fs::create_dir(&compose).expect("a folder");
        for name in [
            "compose.yaml",
            "tls.yaml",
            "make-secrets.sh",
            "make-certificates.sh",
            "Dockerfile",
            "grafana",
            "postgres",
            "prometheus",
            "rabbitmq",
        ] {
            copy(&workspace().join("compose").join(name), &compose);
        }
        copy(&workspace().join("dashboards"), workshop.0.path());
        workshop.run("make-secrets.sh");
        workshop.run("make-certificates.sh");
        workshop
    }

    /// A path in the copy of the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("compose").join(path)
    }

    /// A file of it, as text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a file that a script has made")
    }

    /// Runs one of its scripts.
    pub fn run(&self, script: &str) {
        let output = Command::new(self.path(script)).output().expect("bash");
        succeeded(&output);
    }

    /// What compose makes of these files.
    pub fn config(&self, files: &[&str]) -> Value {
        let mut compose = Command::new(programs::docker_compose().expect("docker-compose"));
        // Nothing of the caller's own environment is put in.
        compose
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.path(""));
        for file in files {
            compose.args(["--file", file]);
        }
        let output = compose.arg("config").output().expect("docker-compose");
        serde_saphyr::from_str(&succeeded(&output)).expect("YAML")
    }
}

/// What a program has printed.
pub fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The services of a configuration.
pub fn services(config: &Value) -> &Map<String, Value> {
    config["services"].as_object().expect("services")
}

/// Those of them that run a program of ours.
pub fn ours(config: &Value) -> Vec<(&str, &Value)> {
    let all = services(config).iter();
    let ours: Vec<_> = all
        .filter(|(_, service)| service.get("build").is_some())
        .map(|(name, service)| (name.as_str(), service))
        .collect();
    assert_eq!(ours.len(), 7, "four workers, two jobs, the sandbox");
    ours
}

/// A list of texts.
pub fn list(value: &Value) -> Vec<&str> {
    let entries = value.as_array().into_iter().flatten();
    entries.map(|entry| entry.as_str().expect("text")).collect()
}

fn copy(from: &Path, into: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(into).output();
    succeeded(&copied.expect("cp"));
}
