//! Usage as tables for people.

mod blocks;
mod comparison;
mod report;
mod table;

pub(in crate::cli) use blocks::{BlocksView, active_block, blocks};
pub(in crate::cli) use comparison::comparison;
pub(in crate::cli) use report::{Layout, by_project, report, unpriced};
