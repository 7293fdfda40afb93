//! Ports of loopback for programs that must be told theirs, for they cannot take port 0.
//!
//! Not ports that the system gives to connections (RFC 6335 calls them dynamic): a connection that waits for
//! the program could be given this very port, be answered by itself, and keep the program from it.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where dynamic ports begin on Linux.
const END: u32 = 32_768;
const COUNT: u32 = 16_000;

/// A port that nobody has at 127.0.0.1 and at `::1`, each time another.
///
/// # Panics
///
/// When all of them are taken.
#[expect(clippy::panic, reason = "a test that has no port cannot be run")]
pub fn free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(16);
    (0..COUNT)
        .map(|_| {
            let nth = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
            u16::try_from(END - COUNT + nth).unwrap_or_default()
        })
        .find(|port| !["127.0.0.1", "::1"].iter().any(|host| is_taken(host, *port)))
        .unwrap_or_else(|| panic!("no port of loopback is free"))
}

fn is_taken(host: &str, port: u16) -> bool {
    TcpListener::bind((host, port)).is_err_and(|cause| cause.kind() == ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_never_while_somebody_has_it() {
        let held: Vec<_> = (0..50).map(|_| TcpListener::bind(("127.0.0.1", free())).unwrap()).collect();
        let mut ports: Vec<u16> = held.iter().map(|held| held.local_addr().unwrap().port()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|port| is_taken("127.0.0.1", *port) && u32::from(*port) < END));
    }
}
