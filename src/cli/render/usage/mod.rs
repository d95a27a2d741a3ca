//! Usage as tables for people.

mod blocks;
mod report;
mod table;

pub(in crate::cli) use blocks::{BlocksView, active_block, blocks};
pub(in crate::cli) use report::{Layout, report, unpriced};
