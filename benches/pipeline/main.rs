//! Whole runs of the binary, as ratios to a floor or a peer measured in the same run.
//!
//! ```text
//! cargo bench --bench pipeline -- [--size 1GB] [--documents 200000] [--work DIR]
//! ```
//!
//! Nothing is asserted: a busy machine is slower. The floor of transcripts is reading the same
//! bytes and finding their lines; the floor of a collection is receiving the same raw batches. The
//! peer is `rivet-cli` from the Python package registry, left out with a line where it cannot be
//! installed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement for people, which stops where it cannot go on"
)]

mod collection;
#[path = "../../tests/it/mongod.rs"]
#[expect(dead_code, reason = "shared with the tests, which use more of it")]
mod mongod;
mod transcripts;
mod usage;

use std::path::PathBuf;

/// What to measure.
struct Plan {
    bytes: u64,
    documents: usize,
    work: PathBuf,
}

fn main() {
    let mut plan = Plan {
        bytes: 1_000_000_000,
        documents: 200_000,
        work: std::env::temp_dir().join("cca-bench"),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--size" => plan.bytes = cca::config::parse_size(&value()).expect("a size") as u64,
            "--documents" => plan.documents = value().parse().expect("a number"),
            "--work" => plan.work = value().into(),
            _ => {}
        }
    }
    std::fs::create_dir_all(&plan.work).expect("a folder");
    usage::start_up();
    transcripts::measure(&plan);
    collection::measure(&plan);
}
