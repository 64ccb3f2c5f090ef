//! The sandbox over TLS, with a certificate of the kind that the containers have.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};
use tempfile::TempDir;

/// Runs as long as the test does.
struct Sandbox {
    process: Child,
    addresses: Vec<String>,
}

impl Sandbox {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
            .env_clear()
            .env("SANDBOX_ADDR", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let output = process.stdout.take().expect("it has an output");
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let addresses = lines
            .take(2)
            .filter_map(|line| Some(line.rsplit_once("//")?.1.to_owned()))
            .collect();
        Self { process, addresses }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the containers' own certificates.
fn certificates() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../make-certificates.sh");
    let copy = folder.path().join("make-certificates.sh");
    std::fs::copy(script, &copy).expect("copied");
    let made = Command::new("bash").arg(copy).output().expect("bash");
    assert!(made.status.success(), "{made:?}");
    folder
}

fn trusting(authority: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(authority).expect("a certificate");
    roots.add(authority).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn ask(config: &Arc<ClientConfig>, address: &str, name: &'static str) -> std::io::Result<String> {
    let name = ServerName::try_from(name).expect("a name");
    let client = ClientConnection::new(config.clone(), name).expect("a client");
    let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
    write!(
        stream,
        "GET /messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn it_answers_by_tls_beside_silent_callers_and_shows_its_certificate() {
    let folder = certificates();
    let path = |name: &str| folder.path().join("certificates").join(name);
    let text = |name: &str| path(name).to_str().expect("a path").to_owned();
    let sandbox = Sandbox::start(&[
        ("SANDBOX_TLS_ADDR", "127.0.0.1:0"),
        ("SANDBOX_CERTIFICATE", &text("sms-sandbox.pem")),
        ("SANDBOX_KEY", &text("sms-sandbox.key")),
    ]);
    let address = &sandbox.addresses[1];
    let silent = TcpStream::connect(address).expect("taken");

    let config = trusting(&path("authority.pem"));
    for name in ["sms-sandbox", "localhost"] {
        let answer = ask(&config, address, name).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with("[]"), "{answer}");
    }
    assert!(
        ask(&config, address, "example.org").is_err(),
        "another's name"
    );
    assert!(
        ask(&config, &sandbox.addresses[0], "localhost").is_err(),
        "no TLS there"
    );
    drop(silent);
}

#[test]
fn it_is_plain_on_loopback_alone_unless_the_network_is_trusted() {
    let start = |settings: &[(&str, &str)]| {
        Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
            .env_clear()
            .envs(settings.iter().copied())
            .output()
            .expect("it runs")
    };
    let refused = start(&[("SANDBOX_ADDR", "0.0.0.0:0")]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("SANDBOX_ADDR must be a loopback address"),
        "{said}"
    );
    let halved = start(&[("SANDBOX_TLS_ADDR", "127.0.0.1:0")]);
    assert!(!halved.status.success(), "TLS without a certificate");

    // It prints one address alone here.
    let trusted = Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
        .env_clear()
        .envs([("SANDBOX_ADDR", "0.0.0.0:0"), ("ALLOW_PLAINTEXT", "1")])
        .stdout(Stdio::piped())
        .spawn();
    let mut trusted = trusted.expect("it starts");
    let mut line = String::new();
    let output = trusted.stdout.take().expect("an output");
    BufReader::new(output).read_line(&mut line).expect("a line");
    trusted.kill().expect("it ran");
    trusted.wait().expect("it ended");
    assert!(line.starts_with("SMS sandbox at http://0.0.0.0:"), "{line}");
}
