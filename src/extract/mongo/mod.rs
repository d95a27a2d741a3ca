//! MongoDB collections as sources of entries.
//!
//! Receives the mark of the collection, hands on every document beyond it. Guarantees: no document
//! is lost at a tie of the mark, at a change of its type, without a mark, or when the server fails
//! in between; documents read again are landed only where they changed; memory is bounded by
//! batches and by the documents of the lookback window.
//!
//! ```text
//! config ─► survey ─► family, window ─► replies ─► reader ─► convert ─► columns
//! connect   types     range by mark     prefetch    dedupe     one pass over raw BSON
//! ```
//!
//! What counts as which document:
//! * Documents whose mark field is a date, an ISO 8601 text, a number, an ObjectId or a timestamp
//!   are read in the order of that field, each kind for itself, from its own mark less the
//!   lookback on. Texts compare as texts: those who write them should agree on one offset.
//! * Documents without the field are read in the order of their ObjectId `_id`, likewise.
//! * All others (another `_id` without mark; other texts, lists, documents as marks) have no
//!   order: every run reads them, and lands all of them if anything about them changed.
//! * A change that neither moves the mark of a document forward nor happens within the lookback
//!   is seen by a full run only. Deletions are not seen.

mod config;
mod convert;
mod failure;
mod family;
mod fields;
mod identity;
mod json;
mod mark;
mod place;
mod progress;
mod reader;
mod replies;
mod scalar;
mod source;
mod survey;
mod window;

pub use config::ping;
pub use source::MongoSource;
