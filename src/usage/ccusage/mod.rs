//! What ccusage 20 counts, by its own rules, and why it differs from what we count.
//!
//! ```text
//! line ─► entries ─► dedupe ─► price          as `ccusage claude daily` does
//!                       └──► compare ─► causes, which sum exactly to the difference
//! ```

mod cause;
mod compare;
mod dedupe;
mod entry;
mod group;
mod line;
mod price;
mod scan;

pub use cause::Cause;
pub use compare::{CauseSum, Comparison, Instance, Range, compare};
pub use scan::{FileEntries, read_all};
