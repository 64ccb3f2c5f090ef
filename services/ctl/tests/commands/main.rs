//! `twofactor-ctl` as an operator runs it, on a database and a broker of the test's own.

mod asking;
mod audit;
mod certificates;
mod config;
mod dead;
mod examples;
mod explain;
mod generated;
mod golden;
mod import;
mod keys;
mod lint;
mod migrate;

mod schema;
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Command;
use twofactor_contract::Service;
use twofactor_testkit::World;

/// The output of a run, with its exit status.
struct RunOutput {
    code: i32,
    out: String,
    err: String,
}

impl RunOutput {
    /// Standard output of a run with `--json`: every line an object with its schema.
    fn objects(&self) -> Vec<Value> {
        let read = |line: &str| {
            let object: Value = serde_json::from_str(line).expect("a line of JSON");
            assert_eq!(object["schema"], 1, "{line}");
            object
        };
        self.out.lines().map(read).collect()
    }

    /// Returns the one object of a run that ended with this exit status.
    fn object(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{}", self.out);
        objects.remove(0)
    }
}

/// Runs the command line with these settings alone; there is no terminal.
async fn ctl(settings: &[(&str, &str)], arguments: &[&str]) -> RunOutput {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
    command.env_clear().envs(settings.iter().copied());
    let output = command.args(arguments).stdin(Stdio::null()).output().await;
    let output = output.expect("the program starts");
    let string = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    RunOutput {
        code: output.status.code().expect("an exit status"),
        out: string(output.stdout),
        err: string(output.stderr),
    }
}

/// Waits until so many letters of a worker were set aside: the sender is answered before that.
async fn set_aside(world: &World, service: Service, count: u32) {
    let operator = world.operator().await.expect("the operator");
    let begun = Instant::now();
    while operator.count(service).await.expect("a count") < count {
        assert!(begun.elapsed() < Duration::from_secs(30), "{count} letters");
        // A queue tells nobody that it has grown.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Writes a keyring with these keys; the last one is current.
fn write_keyring(path: &Path, keys: &[&str]) {
    let key = |name: &&str| {
        // Any 32 bytes that are always the same for a name.
        let bytes: Vec<u8> = name.bytes().cycle().take(32).collect();
        (name.to_string(), base64(&bytes).into())
    };
    let keys: serde_json::Map<String, Value> = keys.iter().map(key).collect();
    write_keys(path, &keys);
}

/// Writes a keyring; the key with the name that sorts last is current.
fn write_keys(path: &Path, keys: &serde_json::Map<String, Value>) {
    let current = keys.keys().max().cloned();
    let keyring = serde_json::json!({ "current": current, "keys": keys });
    fs::write(path, keyring.to_string()).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("rights");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut string = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            string.push(if place > three.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    string
}
