//! An encrypted connection to a part that is not encrypted here, with a certificate that ends when
//! a test says.
//!
//! It knows TLS, and of the passing bytes only how a client asks Postgres for TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The request for TLS of Postgres, and its consent (postgresql.org/docs/current/protocol-flow).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const SSL_YES: u8 = b'S';

/// The moment at which TLS begins on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// At the first byte.
    None,
    /// After a request for it, as with Postgres.
    Postgres,
}

/// A certificate authority, for `SSL_CERT_FILE`.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// Makes a new one, whose certificate is in that folder.
    pub fn new(folder: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let file = folder.join("authority.pem");
        fs::write(&file, params.self_signed(&key)?.pem())
            .with_context(|| format!("cannot write {}", file.display()))?;
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, file })
    }

    /// Returns the path of its certificate.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn certify(&self, end: Timestamp) -> Result<ServerConfig> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        params.not_after = (std::time::SystemTime::UNIX_EPOCH
            + std::time::Duration::from_secs(end.as_second().unsigned_abs()))
        .into();
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der());
        let key = key.map_err(|reason| anyhow::anyhow!(reason))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(config)
    }
}

/// An encrypted address on `localhost` for one address; closed when it is dropped.
pub struct Encrypted {
    address: SocketAddr,
    _open: watch::Sender<()>,
}

impl Encrypted {
    /// Listens on a free port, with a certificate that ends then.
    pub async fn way_to(
        place: &str,
        greeting: Greeting,
        authority: &Authority,
        end: Timestamp,
    ) -> Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(authority.certify(end)?));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (open, mut closed) = watch::channel(());
        let place = place.to_owned();
        tokio::spawn(async move {
            let accepting = async {
                while let Ok((stream, _)) = listener.accept().await {
                    let acceptor = acceptor.clone();
                    let place = place.clone();
                    // A client that goes away meanwhile needs no answer.
                    tokio::spawn(async move { serve(stream, greeting, acceptor, &place).await });
                }
            };
            tokio::select! {
                () = accepting => {}
                _ = closed.changed() => {}
            }
        });
        Ok(Self {
            address,
            _open: open,
        })
    }

    /// Returns its address, as a URL names it.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }
}

async fn serve(
    mut stream: TcpStream,
    greeting: Greeting,
    acceptor: TlsAcceptor,
    place: &str,
) -> Result<()> {
    if greeting == Greeting::Postgres {
        let mut request = [0; SSL_REQUEST.len()];
        stream.read_exact(&mut request).await?;
        ensure!(request == SSL_REQUEST, "somebody did not ask for TLS");
        stream.write_u8(SSL_YES).await?;
    }
    let mut stream = acceptor.accept(stream).await?;
    let mut upstream = TcpStream::connect(place).await?;
    copy_bidirectional(&mut stream, &mut upstream).await?;
    Ok(())
}
