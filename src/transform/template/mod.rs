//! The text of templates before and after rendering: its pieces, what a file defines, and which
//! source line a rendered line comes from.

pub(super) mod blocks;
pub(super) mod lines;
pub(super) mod pieces;
