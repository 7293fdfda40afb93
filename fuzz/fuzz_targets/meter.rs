//! Response bodies in every shape: metering never panics, its counts agree, and a body in batches
//! discloses the keys that the whole does not lack.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meter::split::Splitter;
use meter::{Bounds, Plan, Scratch, Shape, meter};

const SHAPES: [Shape; 10] = [
    Shape::Json,
    Shape::Ndjson,
    Shape::Csv,
    Shape::Tsv,
    Shape::Xml,
    Shape::Html,
    Shape::Text,
    Shape::Form,
    Shape::Script,
    Shape::Opaque,
];

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let shape = SHAPES[usize::from(*first) % SHAPES.len()];
    let plan = Plan { owners: vec!["$.customer_id".parse().unwrap()], ..Plan::default() };
    let mut scratch = Scratch::default();
    let _ = Shape::of(None, body);
    if let Ok(disclosure) = meter(body, shape, &plan, &Bounds::default(), &mut scratch) {
        assert!(disclosure.records.iter().all(|record| record.span.end <= body.len()));
        assert!(disclosure.records.iter().all(|record| (record.subject as usize) < disclosure.subjects.len()));
        assert!(disclosure.subjects.iter().all(|subject| (1..=8).contains(&subject.keys.len())));
        assert!(disclosure.subjects.len() >= disclosure.dimensions.emails as usize);
        let _ = meter::strip::strip(body, shape, &disclosure.records, |record| record.subject % 2 == 0);
    }
    if let Some(mut splitter) = Splitter::new(shape, 16, 4096) {
        let mut released = Vec::new();
        for piece in body.chunks(7) {
            if splitter.push(piece).is_err() {
                return;
            }
            while let Some(batch) = splitter.batch() {
                released.extend_from_slice(batch.released());
                let _ = meter(batch.metered(), shape, &plan, &Bounds::default(), &mut scratch);
            }
        }
        released.extend_from_slice(splitter.finish().released());
        assert_eq!(released, body, "batches put together are the body");
    }
});
