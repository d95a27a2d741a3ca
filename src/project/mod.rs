//! What the repository of a project holds: models, macros, seeds, analyses and expectations.
//!
//! The files are compiled into the binary. Each of the folders `sql/`, `seeds/` and
//! `expectations/` is taken as a whole from the project on disk if it is there, else from the
//! binary: a file deleted on disk stays deleted.
//!
//! A folder with `dbt_project.yml` is a dbt project instead: the folders it names, the packages
//! in `dbt_packages/`, and packages at local paths.

mod dbt;
mod discover;
mod embedded;
mod package;
mod yaml;

pub use dbt::DBT_PROJECT_FILE;
pub use discover::{Layout, Origin, Project, SourceFile};
pub use embedded::write_out;
pub use package::{Folders, Package};
pub use yaml::{YamlError, parse_yaml};
