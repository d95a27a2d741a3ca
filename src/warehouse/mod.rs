//! The warehouse: one DuckDB file that only this program opens. The sole importer of `duckdb`.
//!
//! A [`Warehouse`] is the open database; each thread works through a [`Connection`] of its own.
//! Results come back as [`Table`]s of [`Value`]s, or row by row where they may be large.

mod append;
mod connection;
mod ident;
mod open;
mod parallel;
mod periods;
mod processors;
mod refusal;
mod table;
mod value;
mod zone;

pub use append::instant;
pub use connection::{Connection, Interrupt};
pub use ident::{Relation, literal, quote};
pub use open::{Access, Options, Warehouse};
pub use parallel::on_connections;
pub use periods::Periods;
pub use processors::Callers;
pub use refusal::{Position, meant_name, missing_table, split_refusal};
pub use table::{Column, Table};
pub use value::Value;
pub use zone::Offsets;
