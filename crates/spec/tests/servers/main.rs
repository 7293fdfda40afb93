//! nginx, HAProxy and Caddy themselves, where they are installed: what is read of a configuration is what
//! the program does with it.
//!
//! Each test makes configurations from fixed seeds, starts the program once on loopback, sends requests
//! without a credential and compares what answered with `Front::pick` and `Picker::may_serve`. A program that
//! is not on the path is left out, said on the error output; then the test proves nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod caddy;
mod haproxy;
mod nginx;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use spec::inventory::{Auth, Inventory, Picker, Reach, Route};
use spec::reading::{File, read};

/// The inventory of the file `name` of `folder` with what it includes, which must have no fault.
fn inventory(folder: &Path, name: &str) -> Inventory {
    let file = |path: &Path| {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().into();
        File { name, text: std::fs::read_to_string(path).unwrap().into() }
    };
    let main = file(&folder.join(name));
    let inventory = read(std::slice::from_ref(&main), &mut |wanted: &str| match wanted.split_once('*') {
        None => {
            Some(folder.join(wanted)).filter(|path| path.is_file()).iter().map(|path| file(path)).collect()
        }
        Some((within, ending)) => {
            let Ok(entries) = std::fs::read_dir(folder.join(within)) else { return Vec::new() };
            let paths = entries.map(|entry| entry.unwrap().path());
            let mut paths: Vec<_> =
                paths.filter(|path| path.to_str().is_some_and(|path| path.ends_with(ending))).collect();
            paths.sort();
            paths.iter().map(|path| file(path)).collect()
        }
    });
    assert!(inventory.faults.is_empty(), "{:?}\n{}", inventory.faults, main.text);
    inventory
}

/// Free ports of loopback.
fn ports(count: usize) -> Vec<u16> {
    (0..count).map(|_| testkit::ports::free()).collect()
}

/// A program of this test; it ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `program` in `folder` and waits for `port`; `None`, said aloud, where it is not installed.
fn start(program: &str, arguments: &[&str], folder: &Path, port: u16) -> Option<Running> {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    let Ok(child) = child else {
        // Not by `println!`, which a test that passes keeps to itself.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: {program} is not installed (Debian: {program})");
        return None;
    };
    let mut running = Running(child);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.0.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > Duration::from_secs(30) {
            panic!("{program} does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(running)
}

/// The status and the body of one request without a credential; 0 where twice nothing is answered.
fn ask(port: u16, method: &str, host: &str, path: &str) -> (u16, String) {
    match ask_once(port, method, host, path) {
        (0, _) => ask_once(port, method, host, path),
        answered => answered,
    }
}

fn ask_once(port: u16, method: &str, host: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // In one piece: pieces would wait for one another's acknowledgement.
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.trim().to_owned())
}

/// What a caller without a credential from loopback can get of a route: `out`, or what `name` says.
fn outcomes(route: &Route, name: &str) -> Vec<String> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let kept_out = match &route.reach {
        Reach::World | Reach::Inside => false,
        Reach::Networks { networks } => !networks.iter().any(|network| network.contains(here)),
        Reach::Nobody => true,
    };
    match &route.auth {
        _ if kept_out => vec!["out".to_owned()],
        // The programs that are asked here refuse whoever has no credential.
        Auth::Denied { .. } | Auth::Required { .. } | Auth::External { .. } => vec!["out".to_owned()],
        Auth::Open => vec![name.to_owned()],
        Auth::Optional { .. } | Auth::Unknown { .. } => vec!["out".to_owned(), name.to_owned()],
    }
}

/// Everything that can answer, as [`outcomes`]; `none` where nothing surely does.
fn expected(
    picker: &Picker<'_>,
    method: &str,
    host: &str,
    path: &str,
    name: impl Fn(&Route) -> String,
) -> BTreeSet<String> {
    let serving = picker.may_serve(method, host, path);
    let mut all: BTreeSet<String> = serving.iter().flat_map(|route| outcomes(route, &name(route))).collect();
    if serving.last().is_none_or(|route| route.conditional) {
        all.insert("none".to_owned());
    }
    all
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// `/a`, `/ab/1/`.
    fn path(&mut self) -> String {
        let mut path = String::new();
        for _ in 0..=self.roll(3) {
            path.push('/');
            path.push_str(self.one(&["a", "b", "ab", "1"]));
        }
        if self.roll(3) == 0 {
            path.push('/');
        }
        path
    }
}
