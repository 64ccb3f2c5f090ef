//! Encrypted connections of a worker: the authorities that it trusts, and the ends of its peers'
//! certificates.
//!
//! A certificate is checked against the machine's authorities, as usual. In addition its end is
//! shown in the metrics, also if it has expired, for then it is the cause of an outage. This module
//! knows TLS and no protocol above it.

mod look;

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use twofactor_contract::Service;
use x509_parser::parse_x509_certificate;

pub use look::{keep_looking, probes};

use crate::metrics::Metrics;

/// Peer that a worker connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// RabbitMQ.
    Broker,
    /// Postgres.
    Database,
    /// Provider of texts.
    Provider,
    /// Collector of spans.
    Collector,
}

impl Peer {
    /// Returns the name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Database => "database",
            Self::Provider => "provider",
            Self::Collector => "collector",
        }
    }
}

/// Certificate authorities that a worker trusts.
pub struct Trust {
    service: Service,
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// Trusts the machine's authorities, or those that `SSL_CERT_FILE` names.
    pub fn of_machine(service: Service) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::of(service, roots)
    }

    fn of(service: Service, roots: RootCertStore) -> Self {
        let roots = Arc::new(roots);
        Self { service, roots }
    }

    /// Makes the TLS configuration for a peer; none if no authority is trusted.
    pub fn tls(&self, peer: Peer) -> Option<ClientConfig> {
        let ring = Arc::new(ring::default_provider());
        let check = WebPkiServerVerifier::builder_with_provider(self.roots.clone(), ring.clone());
        let observer = CertObserver {
            service: self.service,
            peer,
            check: check.build().ok()?,
        };
        Some(observer.tls(ring))
    }
}

/// Checks a certificate, and shows its end.
#[derive(Debug)]
struct CertObserver {
    service: Service,
    peer: Peer,
    check: Arc<WebPkiServerVerifier>,
}

impl CertObserver {
    fn tls(self, ring: Arc<CryptoProvider>) -> ClientConfig {
        let mut config = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .expect("ring serves the default versions of TLS")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self))
            .with_no_client_auth();
        // A resumed TLS session shows no certificate, so a renewed one would not be seen.
        config.resumption = Resumption::disabled();
        config
    }
}

impl ServerCertVerifier for CertObserver {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let checked = self.check.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        // The certificate of an impostor must not appear in the metrics.
        if (checked.is_ok() || has_ended(&checked))
            && let Some(end) = earliest_end(end_entity, intermediates)
        {
            Metrics::certificate_ends(self.service, self.peer.name(), end);
        }
        checked
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.check.supported_verify_schemes()
    }
}

const fn has_ended(checked: &Result<ServerCertVerified, Error>) -> bool {
    matches!(
        checked,
        Err(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        ))
    )
}

/// Returns the end of the first certificate of a chain to end, in seconds since 1970.
fn earliest_end(end_entity: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Option<i64> {
    let ends = std::iter::once(end_entity).chain(others).map(|der| {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        Some(certificate.validity().not_after.timestamp())
    });
    ends.flatten().min()
}

#[cfg(test)]
mod tests;
