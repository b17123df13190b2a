//! The HTTP server on its socket: what `actix_web::HttpServer` does, over connections whose requests are read in turn, which
//! it has no place for.

use std::{fmt, io, net::TcpListener};

use actix_http::{HttpService, Request, Response, body::MessageBody, error::DispatchError};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{dev::AppConfig, rt::net::TcpStream};
use http_kit::{Connections, InTurn};
use socket2::{Domain, Protocol, Socket, Type};

use crate::{Config, sockets, timeouts};

/// Of one worker.
const MAX_CONNECTIONS: usize = 4_096;

/// Connections that wait until they are accepted.
const BACKLOG: i32 = 1_024;

/// The socket of the service. A port of 0 is a free one.
pub(crate) fn listen(config: &Config) -> io::Result<TcpListener> {
    let address = config.http_address;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart need not wait for the connections of the process before.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves what `app` makes, once for each worker.
pub(crate) fn start<F, I, S, B>(
    listener: TcpListener,
    workers: usize,
    connections: Connections,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let server = ServerBuilder::new()
        .workers(workers)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(timeouts::DRAIN_REQUESTS.as_secs())
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen("http", listener, move || {
        let (connections, stopping) = (connections.clone(), stopping.clone());
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(timeouts::KEEP_ALIVE)
            .client_request_timeout(timeouts::REQUEST_HEAD)
            .client_disconnect_timeout(timeouts::CLOSE)
            .h1_write_buffer_size(http_kit::PIECE_BYTES)
            .local_addr(address)
            .on_connect_ext(move |stream: &InTurn<TcpStream>, extensions| {
                extensions.insert(stream.turn());
                sockets::accepted(stream.get_ref(), &connections, extensions);
            })
            // The name is for requests without a Host. Its only public constructor says "localhost:8080".
            .h1(map_config(app, move |()| {
                AppConfig::__priv_test_new(false, address.to_string(), address)
            }));
        fn_service(|stream: TcpStream| async move {
            let peer = stream.peer_addr().ok();
            Ok::<_, DispatchError>((InTurn::new(stream), peer))
        })
        .and_then(http)
    })?;
    Ok(server.run())
}
