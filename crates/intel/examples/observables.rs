//! How fast observables are found: `cargo run --release -p intel --example observables`.
//!
//! Three texts of 64 MB: running prose, prose with an address every few words, and text that is made to
//! be looked at twice (openings, dots and marks without end). Prints megabytes a second.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use std::time::Instant;

const SIZE: usize = 64 * 1024 * 1024;

fn main() {
    let prose = "The service returned ten records with every request and nobody asked who was calling. ";
    let dense = "It called hxxps://evil[.]example[.]com/a?b=1 from 198[.]51[.]100[.]7 with d41d8cd98f00b204e9800998ecf8427e twice. ";
    let hostile =
        "[.[.(.(.{.hxxp[://[://a.a.a.a.a.a.@@@@:::::////....{{{{[[[[ curl curl curl -X /////1.1.1.1.1.1.1.1 ";
    for (name, piece) in [("prose", prose), ("dense", dense), ("hostile", hostile)] {
        let text = piece.repeat(SIZE / piece.len());
        let start = Instant::now();
        let found = intel::observables(&text).len();
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:<8} {:>7.0} MB/s  {found} found", 64.0 / seconds);
    }
}
