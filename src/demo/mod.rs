//! Transcripts that look like real ones, for trying the program out and for measuring it.
//!
//! Receives a size, a seed and a last day; writes `projects/<folder>/<session>.jsonl` with
//! sub-agents below, and `truth.json` with what the transcripts say in total. Guarantees: the same
//! request gives the same bytes on every machine (no floating-point function, no clock, no hash
//! order), and the totals are counted while writing, independently of any reader.
//!
//! ```text
//! calendar ─► session ─► turn ─► response ─► call ─► outcome      truth
//! days        a file     prompt  API lines   inputs  results      totals
//! ```

mod calendar;
mod call;
mod dice;
mod edit;
mod generate;
mod lookup;
mod outcome;
mod response;
mod scene;
mod session;
mod subagent;
mod truth;
mod turn;
mod vocabulary;
mod world;

#[cfg(test)]
mod tests;

pub use generate::{DemoReport, DemoRequest, generate};
