//! Specifications and configuration text: any text is a tree or an error with a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::tree::{Format, read};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for path in ["x.yaml", "x.json"] {
        let _ = read(text, Format::of(path, text));
        let _ = spec::openapi::read(text, path);
    }
});
