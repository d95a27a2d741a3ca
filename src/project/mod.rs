//! What the repository of a project holds: models, macros, seeds, analyses and expectations.
//!
//! The files are compiled into the binary. Each of the folders `sql/`, `seeds/` and
//! `expectations/` is taken as a whole from the project on disk if it is there, else from the
//! binary: a file deleted on disk stays deleted.

mod discover;
mod embedded;

pub use discover::{Origin, Project, SourceFile};
pub use embedded::write_out;
