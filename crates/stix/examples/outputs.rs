//! Writes the outputs of each report to a folder, or makes the bundle so many times and says how long it
//! took and whether all were the same: `outputs FOLDER REPORT...`, `outputs --times N REPORT`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

use std::path::PathBuf;
use std::time::Instant;

use sha2::{Digest, Sha256};

fn main() {
    let mut args = std::env::args().skip(1);
    let first = args.next().unwrap_or_default();
    let options = stix::Options::default();
    if first == "--times" {
        let times: u32 = args.next().unwrap_or_default().parse().unwrap();
        let path = args.next().unwrap_or_default();
        let report = std::fs::read(&path).unwrap();
        let mut digests = std::collections::BTreeSet::new();
        let start = Instant::now();
        for _ in 0..times {
            let intel = intel::understand(&report, &path).unwrap();
            let bundle = stix::bundle(&intel, &report, &options).unwrap();
            digests.insert(Sha256::digest(bundle.as_bytes()).to_vec());
        }
        println!("{times} runs, {} digest(s), {:?} a run", digests.len(), start.elapsed() / times);
        return;
    }
    let folder = PathBuf::from(first);
    std::fs::create_dir_all(&folder).unwrap();
    for path in args {
        let report = std::fs::read(&path).unwrap();
        let name = PathBuf::from(&path).file_stem().unwrap().to_string_lossy().into_owned();
        let intel = intel::understand(&report, &path).unwrap();
        let write = |kind: &str, text: &str| {
            std::fs::write(folder.join(format!("{name}.{kind}.json")), text).unwrap()
        };
        write("bundle", &stix::bundle(&intel, &report, &options).unwrap());
        write("navigator", &stix::navigator(&intel, &report));
        if let Some(flow) = stix::attack_flow(&intel, &report, &options).unwrap() {
            write("attack-flow", &flow);
        }
    }
}
