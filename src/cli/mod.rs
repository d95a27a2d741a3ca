//! What people type and see. Does no work: a command turns flags into a request, makes one call
//! into [`run`](crate::run), and prints the report.
//!
//! * `arguments` are the global flags, `command` has one file per command.
//! * `start` is the way from the command line to an exit code.
//! * `printer` is the only writer to stdout and stderr; `progress` shows events while they happen.
//! * `render` turns events and reports into text; `human` words numbers; `style` has the colours.
//! * stdout is data, everything else goes to stderr.

mod arguments;
mod cancel;
mod command;
mod exit_code;
mod human;
mod printer;
mod progress;
mod reference;
mod render;
mod session;
mod start;
mod style;
mod terminal;

pub use exit_code::EXIT_CODES;
pub use reference::{exit_codes_to_markdown, to_markdown};
pub use start::start;
