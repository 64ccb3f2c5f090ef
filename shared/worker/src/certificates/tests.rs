use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use metrics_exporter_prometheus::PrometheusBuilder;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConnection, ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// A certificate authority of a test.
pub(super) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// Certificate chain that a server shows, and its key.
type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for `localhost` that ends at midnight of the first of January.
    fn issue(&self, year: i32) -> Shown {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        (vec![certificate.der().clone()], key)
    }

    /// An authority below this one, whose certificate ends at midnight of the first of January.
    fn deputy(&self, year: i32) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Self {
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    pub(super) fn trusted(&self) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("an authority");
        Trust::of(Service::Sms, roots)
    }
}

/// Calls a server that shows this; returns whether TLS was spoken, and the metrics afterwards.
fn call(trust: &Trust, (chain, key): Shown) -> (bool, String) {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate with its key");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a caller");
        let connection = ServerConnection::new(Arc::new(config)).expect("a server");
        // A caller who is not satisfied hangs up.
        let _ = StreamOwned::new(connection, stream).write_all(b"!");
    });
    let recorder = PrometheusBuilder::new().build_recorder();
    let spoke = metrics::with_local_recorder(&recorder, || {
        let tls = trust.tls(Peer::Broker).expect("an authority");
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(tls), name).expect("a client");
        let stream = TcpStream::connect(address).expect("a server");
        let mut byte = [0];
        StreamOwned::new(client, stream).read(&mut byte).is_ok()
    });
    server.join().expect("it does not panic");
    (spoke, recorder.handle().render())
}

const SERIES: &str =
    "twofactor_certificate_expiry_timestamp_seconds{service=\"sms\",peer=\"broker\"} ";

#[test]
fn the_end_of_a_certificate_is_shown() {
    let authority = Authority::new();
    let (spoke, page) = call(&authority.trusted(), authority.issue(2100));
    assert!(spoke);
    assert!(page.contains(&format!("{SERIES}4102444800\n")), "{page}");
}

#[test]
fn the_first_end_of_a_chain_counts() {
    let authority = Authority::new();
    let deputy = authority.deputy(2090);
    let (mut chain, key) = deputy.issue(2100);
    chain.push(deputy.certificate.clone());
    let (spoke, page) = call(&authority.trusted(), (chain, key));
    assert!(spoke);
    assert!(page.contains(&format!("{SERIES}3786912000\n")), "{page}");
}

#[test]
fn a_certificate_that_has_ended_is_refused_and_shown() {
    let authority = Authority::new();
    let (spoke, page) = call(&authority.trusted(), authority.issue(2001));
    assert!(!spoke);
    assert!(page.contains(&format!("{SERIES}978307200\n")), "{page}");
}

#[test]
fn an_impostor_is_refused_and_shows_nothing() {
    let authority = Authority::new();
    let impostor = Authority::new();
    let (spoke, page) = call(&authority.trusted(), impostor.issue(2100));
    assert!(!spoke);
    assert!(!page.contains(SERIES), "{page}");
}

#[test]
fn without_an_authority_there_is_no_tls() {
    let trust = Trust::of(Service::Sms, RootCertStore::empty());
    assert!(trust.tls(Peer::Provider).is_none());
}
