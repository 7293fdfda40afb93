//! Reports to claims: any bytes are refused or read, and every place lies in what was read of them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // Whatever the bytes are, they are a PDF too.
    let pdf = [b"%PDF-1.7\n", input].concat();
    for (name, bytes) in [("x.txt", input), ("x.md", input), ("x.html", input), ("x.pdf", &pdf)] {
        let Ok(given) = intel::Given::all(bytes) else { continue };
        let Ok(intel) = intel::understand_given(&given, name) else { continue };
        let places = intel.statements.iter().map(|one| one.span);
        let frames = intel.frames.iter().map(|one| one.span);
        let dropped = intel.dropped.iter().map(|one| one.span);
        let numbers = intel.numbers.iter().flat_map(|one| one.spans.iter().copied());
        let observables = intel.observables.iter().flat_map(|one| one.spans.iter().copied());
        for span in places.chain(frames).chain(dropped).chain(numbers).chain(observables) {
            assert!(span.start < span.end && span.end <= given.body().len(), "{span:?}");
        }
    }
});
