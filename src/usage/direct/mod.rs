//! Usage straight from transcripts, without a store.
//!
//! Gives the same calls as the marts: the rules of `stg_messages`, `int_api_calls` and
//! `int_sessions_computed` in another language, over the same lenient reading of lines. A test
//! compares both on hand-made, generated and real transcripts.
//!
//! ```text
//! file ─► line            parallel; a few numbers per line are kept
//!   └──► sessions ─► responses, iterations ─► calls, priced
//!            └─────► projects
//! ```

mod file;
mod iterations;
mod line;
mod projects;
mod responses;
mod scanner;
mod sessions;

pub use file::Transcript;
pub use responses::Traced;
pub use scanner::Scanner;
