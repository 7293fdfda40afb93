//! Writes the page of one report: `cargo run -p graph --example page -- REPORT PAGE [NODES]`. With NODES
//! the report gets that many observables more, to see how a big picture behaves; times go to stderr.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "an example")]

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (report, page) = (arguments.next().unwrap(), arguments.next().unwrap());
    let more: usize = arguments.next().map_or(0, |more| more.parse().unwrap());
    let bytes = std::fs::read(&report).unwrap();
    let mut intel = intel::understand(&bytes, &report).unwrap();
    let span = intel.statements.first().unwrap().span;
    intel.observables.extend((0..more).map(|nth| intel::Observable {
        value: format!("http://h{nth}.example/"),
        kind: intel::ObservableType::Url,
        role: intel::ObservableRole::Indicator,
        status: intel::Status::Stated,
        is_pattern: false,
        spans: vec![span],
    }));
    let graph = intel::graph(&intel);
    let begun = Instant::now();
    let laid = graph::layout::layout(&graph);
    eprintln!("{} nodes, {} edges: laid out in {:?}", laid.places.len(), graph.edges.len(), begun.elapsed());
    let begun = Instant::now();
    let html = graph::page(&intel, &graph, &bytes);
    eprintln!("{} bytes of page in {:?}", html.len(), begun.elapsed());
    std::fs::write(page, html).unwrap();
}
