//! Prints the text layer of a PDF: `cargo run -p intel --example text_layer FILE`.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let Ok(bytes) = std::fs::read(&path) else { return };
    let at = std::time::Instant::now();
    match intel::Given::all(&bytes) {
        Ok(given) => println!("{}\nread in {:?}", String::from_utf8_lossy(given.body()), at.elapsed()),
        Err(error) => println!("{error}"),
    }
}
