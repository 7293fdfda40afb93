//! TLS outwards: the system's roots, and extra ones from a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How upstreams over https are verified. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ClientConfig>,
    /// The same for protocols that are not HTTP.
    without_alpn: Arc<ClientConfig>,
    /// There is no root certificate: no https upstream can be verified.
    pub(super) trusts_nobody: bool,
}

/// Why TLS outwards cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file with extra roots is unreadable or holds no certificate.
    #[error("cannot read root certificates from `{path}`")]
    ExtraRoots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The library refused its own settings.
    #[error("cannot set up TLS")]
    Library(#[source] rustls::Error),
}

impl Tls {
    /// Trusts the system's roots, and the certificates in the PEM file `extra`, if given. A
    /// system without roots is fine for `http` upstreams; an `https` one needs some.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(extra: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = extra {
            let wrong = |cause: Box<dyn std::error::Error + Send + Sync>| TlsError::ExtraRoots {
                path: path.to_owned(),
                cause,
            };
            let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            let found = found.map_err(|cause| wrong(cause.to_string().into()))?;
            if found.is_empty() {
                return Err(wrong("it holds no certificate".into()));
            }
            for certificate in found {
                roots.add(certificate).map_err(|cause| wrong(cause.into()))?;
            }
        }
        let trusts_nobody = roots.is_empty();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Library)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let without_alpn = Arc::new(config.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), without_alpn, trusts_nobody })
    }

    pub(super) async fn connect(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await
    }

    pub(crate) async fn connect_without_alpn(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(Arc::clone(&self.without_alpn)).connect(name, stream).await
    }
}
