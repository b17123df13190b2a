//! An authority of a story's own, and TLS in front of the engines that the stories share.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Whose certificates are for 127.0.0.1, and trusted by nobody who does not know it. Clones are the same one.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        // Of one that is called as its issuer OpenSSL believes that it signed itself.
        parameters
            .distinguished_name
            .push(DnType::CommonName, "an authority of the stories");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("a file");
        let issuer = Issuer::new(parameters, key);
        Self(Arc::new(Inner { issuer, folder }))
    }
}

impl Authority {
    /// The file for `JONQUIL_CA_FILE`.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.0.folder.path().join("ca.pem")
    }

    /// A certificate and its key, in PEM.
    pub(crate) fn issues(&self) -> (String, String) {
        let (certificate, key) = self.issues_one();
        (certificate.pem(), key.serialize_pem())
    }

    fn issues_one(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        let certificate = parameters.signed_by(&key, &self.0.issuer);
        (certificate.expect("a certificate"), key)
    }

    fn acceptor(&self) -> TlsAcceptor {
        let (certificate, key) = self.issues_one();
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let server = server.with_safe_default_protocol_versions().expect("versions of TLS");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let server = server
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        TlsAcceptor::from(Arc::new(server.expect("a server")))
    }

    /// Listens with TLS and forwards to `target`, without. Postgres is first asked whether it has any.
    pub(crate) async fn stands_before(&self, target: String, is_postgres: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address to listen on");
        let address = listener.local_addr().expect("an address");
        let acceptor = self.acceptor();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, target) = (acceptor.clone(), target.clone());
                // A client that does not trust us hangs up, which is its affair.
                tokio::spawn(async move { serve(client, &acceptor, &target, is_postgres).await.ok() });
            }
        });
        address
    }
}

async fn serve(mut client: TcpStream, acceptor: &TlsAcceptor, target: &str, is_postgres: bool) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    if is_postgres {
        // SSLRequest: its length and its code (https://www.postgresql.org/docs/current/protocol-message-formats.html).
        let mut request = [0; 8];
        client.read_exact(&mut request).await?;
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "nobody asked for TLS");
        client.write_all(b"S").await?;
    }
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
