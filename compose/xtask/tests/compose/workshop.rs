//! A copy of the folder `compose`, in which the scripts have run, and the configuration that
//! compose reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use serde_json::{Map, Value};
use tempfile::TempDir;
use twofactor_stack::programs;

/// The services that run our own image.
pub const WORKERS: [&str; 4] = ["login", "sms", "enrollment", "reset"];

/// Returns the workspace's own folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the content of a file of the workspace.
pub fn content(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).expect("a file of the workspace")
}

/// Reads a file of the workspace in YAML.
pub fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&content(path)).expect("YAML")
}

/// The workshop that tests share that change nothing, as long as one of them runs.
static SHARED: Mutex<Weak<Workshop>> = Mutex::new(Weak::new());

/// A copy of the folder, with secrets and certificates made.
pub struct Workshop {
    folder: TempDir,
    plain: OnceLock<Value>,
    encrypted: OnceLock<Value>,
}

impl Workshop {
    /// Returns one that other tests read too.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let workshop = Arc::new(Self::open());
            *shared = Arc::downgrade(&workshop);
            workshop
        })
    }

    /// Copies the files of the containers and runs both scripts.
    pub fn open() -> Self {
        let workshop = Self {
            folder: tempfile::tempdir().expect("a folder"),
            plain: OnceLock::new(),
            encrypted: OnceLock::new(),
        };
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
        copy(&workspace().join("dashboards"), workshop.folder.path());
        workshop.run("make-secrets.sh");
        workshop.run("make-certificates.sh");
        workshop
    }

    /// Returns a path in the copy of the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("compose").join(path)
    }

    /// Returns the content of a file of it.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a file that a script has made")
    }

    /// Runs one of its scripts.
    pub fn run(&self, script: &str) {
        let output = self.command(script).output().expect("bash");
        succeeded(&output);
    }

    /// Returns the command for one of its scripts, without the caller's own settings.
    pub fn command(&self, script: &str) -> Command {
        let mut command = Command::new(self.path(script));
        command.env_clear().env("PATH", "/usr/bin:/bin");
        command
    }

    /// Returns what compose makes of `compose.yaml` alone.
    pub fn plain(&self) -> &Value {
        self.plain.get_or_init(|| self.config(&["compose.yaml"]))
    }

    /// Returns what compose makes of it with everything encrypted.
    pub fn encrypted(&self) -> &Value {
        self.encrypted
            .get_or_init(|| self.config(&["compose.yaml", "tls.yaml"]))
    }

    fn config(&self, files: &[&str]) -> Value {
        let mut compose = Command::new(programs::docker_compose().expect("docker-compose"));
        // Without the caller's own environment.
        compose
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.path(""));
        for file in files {
            compose.args(["--file", file]);
        }
        compose.args(["--profile", "tools", "--profile", "demo"]);
        let output = compose.arg("config").output().expect("docker-compose");
        serde_saphyr::from_str(&succeeded(&output)).expect("YAML")
    }
}

/// Returns what a program has printed.
pub fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the services of a configuration.
pub fn services(config: &Value) -> &Map<String, Value> {
    config["services"].as_object().expect("services")
}

/// Returns those of them that run a program of ours.
pub fn ours(config: &Value) -> Vec<(&str, &Value)> {
    let all = services(config).iter();
    let ours: Vec<_> = all
        .filter(|(_, service)| {
            let image = service["image"].as_str();
            image.is_some_and(|image| image.starts_with("localhost/twofactor/"))
        })
        .map(|(name, service)| (name.as_str(), service))
        .collect();
    assert_eq!(
        ours.len(),
        8,
        "four workers, two jobs, the sandbox, the demo CRM"
    );
    ours
}

/// Returns a list of strings.
pub fn list(value: &Value) -> Vec<&str> {
    let entries = value.as_array().into_iter().flatten();
    entries
        .map(|entry| entry.as_str().expect("a string"))
        .collect()
}

/// Returns the address of a published port. Compose 1 prints it as one string, compose 2 in parts.
pub fn published_on(port: &Value) -> &str {
    let address = port.as_str().and_then(|address| address.split(':').next());
    address
        .or_else(|| port["host_ip"].as_str())
        .unwrap_or("everywhere")
}

/// Returns the source of a volume, and `true` if it is read-only. Printed as ports are.
pub fn mounted(volume: &Value) -> (&str, bool) {
    match volume.as_str() {
        Some(mount) => (
            mount.split(':').next().unwrap_or(mount),
            mount.ends_with(":ro"),
        ),
        None => (
            volume["source"].as_str().expect("a source"),
            volume["read_only"] == true,
        ),
    }
}

/// Returns the entries of a list, where there is one.
pub fn entries(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn copy(from: &Path, into: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(into).output();
    succeeded(&copied.expect("cp"));
}
