//! The bare proxy that benchmarks hold the gateway against: listener and upstream, nothing between.
//!
//! `cargo run --release -p net --example pass_through -- LISTEN UPSTREAM_URL [whole] [anew] [legacy] [threads=N]`.
//! With `whole` each response is read before it is released, as the gateway must; with `anew` the
//! forwarding and trace headers are set; with `legacy` hyper-util's client is used instead of our
//! pool (and each response read whole), to see what our pool saves.

use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use net::address::Trust;
use net::framing;
use net::listener::{ConnectionInfo, ListenAddress, Listener, ListenerSettings, serve};
use net::target::Target;
use net::upstream::{Tls, Upstream, UpstreamSettings, outgoing};
use net::{Body, Incoming, read_all};
use tokio::time::Instant;

// As in the program: a peer with a slower allocator would flatter it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone)]
struct Proxy {
    upstream: Upstream,
    legacy: Option<(String, Client<HttpConnector, Body>)>,
    whole: bool,
    anew: bool,
}

async fn pass(proxy: Proxy, info: ConnectionInfo, request: Request<Incoming>) -> Response<Body> {
    match forward(&proxy, info, request).await {
        Ok(response) => response,
        Err(status) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response
        }
    }
}

async fn forward(
    proxy: &Proxy,
    info: ConnectionInfo,
    request: Request<Incoming>,
) -> Result<Response<Body>, StatusCode> {
    let (mut parts, incoming) = request.into_parts();
    let target = Target::read(&parts.uri).map_err(|_| StatusCode::BAD_REQUEST)?;
    if framing::head_faults(&parts, &target).iter().any(|fault| fault.is_fatal()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let client = Trust::Direct.client(info.peer, &parts.headers);
    framing::remove_hop_by_hop(&mut parts.headers);
    if proxy.anew {
        let origin = framing::origin(&parts.headers, &client);
        framing::set_forwarding(&mut parts.headers, &client, &origin);
        framing::set_trace(&mut parts.headers, domain::ExchangeId::new(7));
    }
    let mut request = outgoing(parts, &target, Body::from(incoming));
    if let Some((server, client)) = &proxy.legacy {
        let uri = format!("{server}{}", target.path_and_query());
        *request.uri_mut() = uri.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        let (mut parts, body) =
            client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?.into_parts();
        framing::remove_hop_by_hop(&mut parts.headers);
        let whole = body.collect().await.map_err(|_| StatusCode::BAD_GATEWAY)?.to_bytes();
        return Ok(Response::from_parts(parts, Body::full(whole)));
    }
    let response = proxy.upstream.send(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let (mut parts, body) = response.into_parts();
    framing::remove_hop_by_hop(&mut parts.headers);
    let body = if proxy.whole {
        let deadline = Instant::now() + Duration::from_secs(30);
        Body::from(read_all(body, 8 << 20, deadline).await.map_err(|_| StatusCode::BAD_GATEWAY)?)
    } else {
        Body::from(body)
    };
    Ok(Response::from_parts(parts, body))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, upstream, options @ ..] = arguments.as_slice() else {
        return Err("usage: pass_through LISTEN UPSTREAM_URL [whole] [anew] [legacy] [threads=N]".into());
    };
    let threads = options.iter().find_map(|option| option.strip_prefix("threads=")).unwrap_or("1").parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(async {
        let listener = Listener::bind(&ListenAddress::Tcp(listen.parse()?))?;
        let proxy = Proxy {
            upstream: Upstream::new(upstream, UpstreamSettings::default(), &Tls::new(None)?)?,
            legacy: options.iter().any(|option| option == "legacy").then(|| {
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                (upstream.clone(), Client::builder(TokioExecutor::new()).build(connector))
            }),
            whole: options.iter().any(|option| option == "whole"),
            anew: options.iter().any(|option| option == "anew"),
        };
        let handler = move |info, request| pass(proxy.clone(), info, request);
        let stop = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        serve(listener, &ListenerSettings::default(), handler, stop).await;
        Ok(())
    })
}
