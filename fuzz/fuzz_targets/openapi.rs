//! Specifications to facts: any text, and any file that it refers to, is an inventory whose places
//! lie in their files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::reading::{File, read};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // What stands after the mark is every file that is referred to.
    let (text, other) = text.split_once("\n%%%\n").unwrap_or((text, text));
    for name in ["x.yaml", "x.json"] {
        let file = File { name: name.into(), text: text.into() };
        let inventory = read(&[file], &mut |wanted: &str| {
            let parts = wanted.len() < 40;
            parts.then(|| File { name: wanted.into(), text: other.into() }).into_iter().collect()
        });
        for operation in &inventory.operations {
            let fields = operation.answer.fields.iter().map(|field| field.at);
            let inputs = operation.parameters.iter().map(|one| one.at);
            for at in fields.chain(inputs).chain([operation.at, operation.id_at]) {
                let source = inventory.source(at.source).expect("a place in a file that is there");
                assert!(source.text.get(at.span.range()).is_some(), "{at:?}");
            }
        }
    }
});
