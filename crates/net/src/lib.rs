//! Listeners, framing, canonical targets, upstream pools and TLS
