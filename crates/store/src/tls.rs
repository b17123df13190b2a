//! TLS to Postgres, by rustls: what tokio-postgres wants of an implementation.

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use rustls::{
    ClientConfig,
    pki_types::{InvalidDnsNameError, ServerName},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Client, Config, Connection, NoTls, Socket,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::TlsConnector;

/// A connection for diesel. One that cannot be encrypted, or whose certificate is not trusted, is an error.
pub(crate) async fn establish(url: &str, tls: &Arc<ClientConfig>) -> Result<AsyncPgConnection, ConnectionError> {
    // Without the reason: it may repeat a part of the address, and with it the password.
    let settings: Result<Config, _> = url.parse();
    let invalid = |_| ConnectionError::InvalidConnectionUrl("the address of postgres cannot be parsed".to_owned());
    let (client, connection) = connect(&settings.map_err(invalid)?, tls)
        .await
        .map_err(|error| ConnectionError::BadConnection(causes(&error)))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

type Encrypted = Connection<Socket, Stream<Socket>>;

async fn connect(settings: &Config, tls: &Arc<ClientConfig>) -> Result<(Client, Encrypted), tokio_postgres::Error> {
    let mut settings = settings.clone();
    settings.ssl_mode(SslMode::Require);
    settings.connect(Connector(Arc::clone(tls))).await
}

/// A connection for this crate's own use. Whoever waits for an answer gets the error that ends it.
pub(crate) async fn client(
    settings: &Config,
    tls: Option<&Arc<ClientConfig>>,
) -> Result<Client, tokio_postgres::Error> {
    if let Some(tls) = tls {
        let (client, connection) = connect(settings, tls).await?;
        drive(connection);
        return Ok(client);
    }
    let (client, connection) = settings.connect(NoTls).await?;
    drive(connection);
    Ok(client)
}

fn drive<S: TlsStream + Unpin + Send + 'static>(connection: Connection<Socket, S>) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection for copies ended");
        }
    });
}

/// An error and what caused it: the outermost text says only that the handshake failed.
pub(crate) fn causes(error: &tokio_postgres::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line = format!("{line}: {inner}");
        cause = inner.source();
    }
    line
}

#[derive(Clone)]
struct Connector(Arc<ClientConfig>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Connector {
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        Ok(Handshake {
            connector: TlsConnector::from(Arc::clone(&self.0)),
            host: ServerName::try_from(host.to_owned())?,
        })
    }
}

struct Handshake {
    connector: TlsConnector,
    host: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.host, stream).await.map(Stream) })
    }
}

struct Stream<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    /// None: the certificate is checked, so the password is not sent to a stranger.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
