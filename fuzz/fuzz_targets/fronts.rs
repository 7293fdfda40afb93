//! Configurations of gateways and clusters: any text is an inventory whose places lie in its files,
//! and whose fronts answer any question.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::inventory::{Inventory, Place};
use spec::reading::{File, read};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // What stands after the mark is a second file of the same reading: objects name one another across.
    let (text, other) = text.split_once("\n%%%\n").unwrap_or((text, ""));
    for ending in ["yaml", "json"] {
        let file = |name: &str, text: &str| File { name: format!("{name}.{ending}").into(), text: text.into() };
        let inventory = read(&[file("a", text), file("b", other)], &mut |_: &str| Vec::new());
        judge(&inventory);
    }
});

fn judge(inventory: &Inventory) {
    let within = |at: Place| {
        let source = inventory.source(at.source).expect("a place in a file that is there");
        assert!(source.text.get(at.span.range()).is_some(), "{at:?}");
    };
    for front in &inventory.fronts {
        within(front.at);
        front.listeners.iter().for_each(|listener| within(listener.at));
        front.routes.iter().for_each(|route| within(route.at));
        if front.routes.len() < 64 {
            let _ = front.pick("GET", "shop.example.com", "/orders/1");
        }
    }
    inventory.services.iter().for_each(|service| within(service.at));
    inventory.faults.iter().for_each(|fault| within(Place::new(fault.source, fault.diagnostic.at)));
}
