//! The entry: one transcript line or one source document, as extract hands it to land.
//!
//! * [`schema`] names the columns of the landing table, their types and their meaning.
//! * [`row`] is one entry before it becomes columns; every source fills the same struct.
//! * [`derive`] holds the rules by which columns derive from fields, shared by the sources.
//! * [`batch`] is rows as Arrow columns, together with what must be committed with them;
//!   [`builder`] collects them.
//! * [`landing`] is what a commit says of itself, [`transcript`] how far a file was read.

mod batch;
mod blocks;
mod builder;
pub mod derive;
mod landing;
mod row;
mod schema;
mod transcript;

pub use batch::{Batch, DeadLetter, ExtractCounts, MarkUpdate};
pub use builder::BatchBuilder;
pub use landing::Landing;
pub use row::{Block, EntryRow, Operation};
pub use schema::{COLUMNS, ColumnKind, ColumnSpec, arrow_schema};
pub use transcript::TranscriptState;
