//! The text of templates before and after rendering: its pieces, the macros in a file, and which
//! source line a rendered line comes from.

pub(super) mod lines;
pub(super) mod macros;
pub(super) mod pieces;
