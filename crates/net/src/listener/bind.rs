//! Sockets that listen, on TCP and in the file system.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::{TcpListener, UnixListener};

use super::Peer;
use super::wire::Stream;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and port; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A Unix socket, for its owner only (0600). A stale socket file is replaced.
    Unix(PathBuf),
}

/// A bound listener.
#[derive(Debug)]
pub struct Listener {
    kind: ListenerKind,
    address: ListenAddress,
}

#[derive(Debug)]
enum ListenerKind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Binds `address`. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// What the system says: address in use, no permission, no such directory.
    pub fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => {
                let listener = std::net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                // The standard queue of 128 is short for a burst of new connections.
                socket2::SockRef::from(&listener).listen(4096)?;
                let listener = TcpListener::from_std(listener)?;
                let address = ListenAddress::Tcp(listener.local_addr()?);
                Ok(Self { kind: ListenerKind::Tcp(listener), address })
            }
            ListenAddress::Unix(path) => {
                if path.exists() && std::os::unix::net::UnixStream::connect(path).is_err() {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                std::fs::set_permissions(path, owner_only)?;
                Ok(Self { kind: ListenerKind::Unix(listener), address: address.clone() })
            }
        }
    }

    /// The address as bound: with the port that the system chose.
    #[must_use]
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// The bound address and port of a TCP listener.
    #[must_use]
    pub fn socket_address(&self) -> Option<SocketAddr> {
        match self.address {
            ListenAddress::Tcp(address) => Some(address),
            ListenAddress::Unix(_) => None,
        }
    }

    /// The next connection; may be dropped midway.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match &self.kind {
            ListenerKind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Without it small responses wait for the client's acknowledgement.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Tcp(peer)))
            }
            ListenerKind::Unix(listener) => {
                listener.accept().await.map(|(stream, _)| (Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}
