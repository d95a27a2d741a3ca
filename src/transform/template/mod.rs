//! The text of templates before and after rendering: its pieces, what a file defines, how it is
//! rewritten for the engine, and which source line a rendered line comes from.

pub(super) mod blocks;
pub(super) mod docs;
mod expression;
pub(super) mod lines;
pub(super) mod pieces;
pub(super) mod rewrite;
pub(super) mod tokens;
