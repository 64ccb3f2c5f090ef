//! Connections that are encrypted by TLS, with a certificate from files.
//!
//! Handshakes run in parallel, so that a silent caller delays no other. It knows no HTTP
//! and no text.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::serve::Listener;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The time that a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections after their handshake that are not served yet, at most.
const WAITING: usize = 64;

type Caller = (TlsStream<TcpStream>, SocketAddr);

/// A listener whose connections are encrypted.
pub struct EncryptedListener {
    callers: mpsc::Receiver<Caller>,
    address: SocketAddr,
}

impl EncryptedListener {
    /// Listens with this certificate and this key, both files in PEM.
    pub fn new(listener: TcpListener, certificate: &Path, key: &Path) -> Result<Self> {
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        let acceptor = TlsAcceptor::from(Arc::new(configuration(certificate, key)?));
        let (sender, callers) = mpsc::channel(WAITING);
        tokio::spawn(take_callers(listener, acceptor, sender));
        Ok(Self { callers, address })
    }
}

impl Listener for EncryptedListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Caller {
        match self.callers.recv().await {
            Some(caller) => caller,
            // The listener is closed.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn take_callers(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    callers: mpsc::Sender<Caller>,
) {
    while !callers.is_closed() {
        let (stream, address) = Listener::accept(&mut listener).await;
        let acceptor = acceptor.clone();
        let callers = callers.clone();
        tokio::spawn(async move {
            // A caller whose handshake fails sees the error itself.
            if let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await {
                let _ = callers.send((stream, address)).await;
            }
        });
    }
}

fn configuration(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("{} is no certificate in PEM", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("{} is no key in PEM", key.display()))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("TLS cannot be configured")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the key do not belong together")
}
