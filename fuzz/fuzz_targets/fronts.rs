//! Configurations of gateways, clusters and proxies: any text is an inventory whose places lie in its
//! files, and whose fronts answer any question.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::inventory::{Inventory, Picker, Place};
use spec::reading::{File, read};

/// Most files that the includes of one reading find.
const MOST_INCLUDED: usize = 50;
/// A beginning that makes the rest one kind, whatever it says.
const BEGINNINGS: [&str; 4] = [
    "",
    "server { listen 80; location / { return 200; } }\n",
    "defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n",
    ":80 {\n\trespond /first 200\n}\n",
];

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // What stands after the mark is a second file of the same reading: objects name one another across
    // files of a cluster, and every include of a proxy finds it.
    let (text, other) = text.split_once("\n%%%\n").unwrap_or((text, ""));
    for ending in ["yaml", "json"] {
        let file = |name: &str, text: &str| File { name: format!("{name}.{ending}").into(), text: text.into() };
        let inventory = read(&[file("a", text), file("b", other)], &mut |_: &str| Vec::new());
        judge(&inventory);
    }
    for beginning in BEGINNINGS {
        let file = File { name: "a.conf".into(), text: format!("{beginning}{text}").into() };
        let mut included = 0;
        let inventory = read(&[file], &mut |wanted: &str| {
            included += 1;
            if included > MOST_INCLUDED {
                return Vec::new();
            }
            let name = wanted.rsplit('/').next().unwrap_or_default();
            vec![File { name: format!("{}.conf", name.len() % 3).into(), text: other.into() }]
        });
        judge(&inventory);
    }
});

fn judge(inventory: &Inventory) {
    let within = |at: Place| {
        let source = inventory.source(at.source).expect("a place in a file that is there");
        assert!(source.text.get(at.span.range()).is_some(), "{at:?}");
    };
    let door = "GET /orders/{id}".parse().expect("a door");
    for front in &inventory.fronts {
        within(front.at);
        front.listeners.iter().for_each(|listener| within(listener.at));
        for route in &front.routes {
            within(route.at);
            route.upstream.iter().for_each(|to| within(to.at));
        }
        if front.routes.len() < 64 {
            let picker = Picker::new(front);
            let picked = picker.pick("GET", "shop.example.com", "/orders/1");
            let serving = picker.may_serve("GET", "shop.example.com", "/orders/1");
            assert_eq!(picked.is_some(), !serving.is_empty());
            let _ = picker.routes_of(&door);
        }
    }
    inventory.services.iter().for_each(|service| within(service.at));
    inventory.faults.iter().for_each(|fault| within(Place::new(fault.source, fault.diagnostic.at)));
}
