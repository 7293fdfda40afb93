//! A scenario is judged by what really happened between people, attacker and server.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Mode;
use testkit::attacker::Bounds;
use testkit::client::Address;
use testkit::scenario::{Fault, Hooks, Target, named, run};
use testkit::shop::{Door, Shop};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A gateway that stops nothing: it copies bytes, and ends with all its connections when dropped.
struct Pipe(JoinHandle<()>);

impl Pipe {
    async fn open(server: std::net::SocketAddr) -> (Self, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut copies = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                copies.spawn(async move {
                    let mut far = TcpStream::connect(server).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        (Self(task), address)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_stops_nothing_leaks_everything_and_serves_everybody() {
    let bounds = Bounds { time: Duration::from_secs(300), ..Bounds::default() };
    let hooks = Hooks { bounds, ..Hooks::default() };
    let shop = Shop::start(7).await.unwrap();
    let (_pipe, address) = Pipe::open(shop.address()).await;
    let target = Target { shop: &shop, gateway: Address::new(address) };
    for (name, mode, at_most) in [
        ("post-batches", Mode::Guard, 20),
        ("path-ids-bola", Mode::Guard, 50),
        ("bulk", Mode::Enforce, 0),
        ("stolen", Mode::Enforce, 3_500),
    ] {
        let row = run(named(name).unwrap(), &target, mode, 7, &hooks).await.unwrap();
        assert_eq!((row.records_without, row.records_with), (27_000, 27_000), "{row:?}");
        assert_eq!(row.faults(), [Fault::Leaked { records: 27_000, at_most }], "{row:?}");
        assert!(row.benign_requests >= 5_000 && row.shared_requests >= 30, "{row:?}");
        assert_eq!(row.upstream_requests, row.attack_requests, "{row:?}");
    }
    let looked_up = shop.counters().at(Door::GuestOrders);
    assert!(looked_up.requests > 0 && shop.counters().at(Door::Me).own > 0);
    assert!(run(named("stolen").unwrap(), &target, Mode::Guard, 7, &Hooks::default()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cut_off_by_a_restart_comes_again_and_counts_as_unreachable() {
    let shop = Shop::start(7).await.unwrap();
    let (pipe, address) = Pipe::open(shop.address()).await;
    let gateway = Address::new(address);
    let running = Arc::new(Mutex::new(Some(pipe)));
    let (moved, upstream) = (gateway.clone(), shop.address());
    let restart = Arc::new(move || {
        let (running, moved) = (Arc::clone(&running), moved.clone());
        let again: std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> =
            Box::pin(async move {
                running.lock().unwrap().take();
                tokio::time::sleep(Duration::from_millis(50)).await;
                let (pipe, address) = Pipe::open(upstream).await;
                moved.move_to(address);
                running.lock().unwrap().replace(pipe);
                Ok(())
            });
        again
    });
    let hooks = Hooks { restart, ..Hooks::default() };
    let target = Target { shop: &shop, gateway };
    let row = run(named("restart").unwrap(), &target, Mode::Guard, 7, &hooks).await.unwrap();
    assert!(row.benign_unreachable > 0, "{row:?}");
    assert_eq!((row.benign_refused, row.benign_wrong, row.records_with), (0, 0, 27_000), "{row:?}");
    assert_eq!(row.faults().len(), 1, "{row:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_gateway_is_no_success() {
    let shop = Shop::start(7).await.unwrap();
    let (pipe, address) = Pipe::open(shop.address()).await;
    drop(pipe);
    let target = Target { shop: &shop, gateway: Address::new(address) };
    let bounds = Bounds { patience: 5, time: Duration::from_secs(2), ..Bounds::default() };
    let hooks = Hooks { bounds, patience: Duration::from_secs(1), ..Hooks::default() };
    let row = run(named("query-ids").unwrap(), &target, Mode::Guard, 7, &hooks).await.unwrap();
    assert_eq!(row.records_with, 0);
    assert!(row.faults().iter().any(|fault| matches!(fault, Fault::Unreachable(_))), "{row:?}");
}
