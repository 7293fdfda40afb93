//! Which server answers a name: exact names, wildcards at both ends, regular expressions, and the server
//! that answers what no other names.

use std::fmt::Write as _;

use spec::inventory::{Front, Picker};

use super::{serve, whole};
use crate::{Dice, ask, inventory, ports};

const ADDRESSES: usize = 60;
const NAMES: [&str; 12] = [
    "a.example",
    "b.example",
    "b.a.example",
    "*.example",
    "*.a.example",
    ".example",
    ".a.example",
    "www.*",
    "a.*",
    "~^w[0-9]+[.]example$",
    "_",
    "www.example",
];
const ASKED: [&str; 12] = [
    "a.example",
    "A.Example",
    "a.example.",
    "example",
    "www.example",
    "www.test",
    "c.b.a.example",
    "b.a.example",
    "w12.example",
    "a.test",
    "unnamed.invalid",
    "192.0.2.1",
];

#[test]
fn nginx_answers_from_a_server_that_takes_the_name() {
    let mut dice = Dice(0x40575);
    let ports = ports(ADDRESSES);
    let mut servers = String::new();
    for (nth, port) in ports.iter().enumerate() {
        let mut left = NAMES.to_vec();
        let count = 1 + dice.roll(5);
        let default = dice.roll(2 * count);
        for server in 0..count {
            let named: Vec<&str> = (0..=dice.roll(2)).map(|_| left.remove(dice.roll(left.len()))).collect();
            // `.example` is `example` and `*.example`, which nginx warns of when it stands twice.
            left.retain(|name| {
                !named.iter().any(|taken| taken.trim_start_matches('*') == name.trim_start_matches('*'))
            });
            let marked = if server == default { " default_server" } else { "" };
            let address = dice.one(&["127.0.0.1:", "127.0.0.1:", "127.0.0.1:", "localhost:"]);
            let address = if count > 1 { "127.0.0.1:" } else { address };
            let _ = writeln!(
                servers,
                "server {{ listen {address}{port}{marked}; server_name {}; location / {{ return 200 {nth}-{server}; }} }}",
                named.join(" ")
            );
        }
    }
    let text = whole(&servers);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nginx.conf"), &text).unwrap();
    let inventory = inventory(folder.path(), "nginx.conf");
    let Some(_running) = serve(folder.path(), ports[0]) else { return };
    let (mut asked, mut only, mut wrong) = (0, 0, Vec::new());
    let mut fronts: &[Front] = &inventory.fronts;
    for (nth, port) in ports.iter().enumerate() {
        let ending = format!(":{port}");
        let here = fronts.iter().take_while(|front| front.listeners[0].address.contains(&ending)).count();
        let (these, rest) = fronts.split_at(here);
        fronts = rest;
        let pickers: Vec<Picker<'_>> = these.iter().map(Picker::new).collect();
        for host in ASKED {
            let (_, real) = ask(*port, "GET", host, "/");
            let taken: Vec<String> = (0..here)
                .filter(|server| pickers[*server].pick("GET", host, "/").is_some())
                .map(|server| format!("{nth}-{server}"))
                .collect();
            asked += 1;
            only += usize::from(taken.len() == 1);
            if !taken.contains(&real) {
                wrong.push(format!("{host}{ending}: nginx answers from {real}, read {taken:?}"));
            }
        }
    }
    println!("nginx: {asked} names asked for; of {only} one server is read to take it");
    assert!(only > asked / 4, "{only} of {asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}\n{text}", wrong.len(), wrong.join("\n"));
}
