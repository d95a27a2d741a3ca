//! Local JSONL transcripts as a source of entries.
//!
//! Receives the marks of the files read before, hands on every entry beyond them. Guarantees: the
//! entries of a file, their `_id` and their order do not depend on when and how often it was read,
//! nor on the number of threads; a file that was replaced is preceded by a row that removes what it
//! said before; a file that cannot be read is noticed and tried again by the next run.
//!
//! ```text
//! discover ─► identity ─► scan ─► jsonl ─► line, tool_result ─► convert
//! roots       marks       a file  objects  fields               columns
//! ```

mod convert;
mod discover;
mod identity;
mod line;
mod listing;
mod machine;
mod mark;
mod output;
mod parallel;
mod scan;
mod source;
mod tool_result;

#[cfg(test)]
mod tests;

pub use discover::count_files;
pub use listing::{TranscriptFile, has_news, list, read_states};
pub use source::TranscriptSource;
