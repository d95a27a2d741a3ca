//! What the terminal can do, found out once.

use std::io::IsTerminal;

use super::arguments::Color;
use crate::config::Environment;

/// Width assumed where output is no terminal.
const PLAIN_WIDTH: usize = 100;
/// Wider lines are hard to read.
const WIDEST: usize = 120;
/// Narrower terminals wrap.
const NARROWEST: usize = 40;

/// Facts about stdout and stderr.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Colours on stdout.
    pub(super) color_out: bool,
    /// Colours on stderr.
    pub(super) color_err: bool,
    /// Progress bars are possible on stderr.
    pub(super) live: bool,
    /// A page on stdout can be drawn again in its place.
    pub(super) is_interactive: bool,
    /// Columns for text.
    pub(super) width: usize,
    /// Columns for tables; `None` for as wide as they are.
    pub(super) table_width: Option<u16>,
}

impl Terminal {
    /// Looks at the streams of this process.
    pub(super) fn of_process(color: Color, environment: &Environment) -> Self {
        let out = std::io::stdout().is_terminal();
        let err = std::io::stderr().is_terminal();
        let dumb = environment.get("TERM") == Some("dumb");
        let columns = if out {
            comfy_table::Table::new().width()
        } else {
            None
        };
        Self {
            color_out: colored(color, environment, out && !dumb),
            color_err: colored(color, environment, err && !dumb),
            live: err && !dumb,
            is_interactive: out && !dumb,
            width: columns
                .map_or(PLAIN_WIDTH, usize::from)
                .clamp(NARROWEST, WIDEST),
            table_width: columns,
        }
    }

    /// No terminal at all.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self {
            color_out: false,
            color_err: false,
            live: false,
            is_interactive: false,
            width: PLAIN_WIDTH,
            table_width: None,
        }
    }
}

fn colored(color: Color, environment: &Environment, capable: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if environment.get("NO_COLOR").is_some() => false,
        Color::Auto => {
            capable
                || environment
                    .get("CLICOLOR_FORCE")
                    .is_some_and(|value| value != "0")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_wins_over_terminals_and_flags_win_over_it() {
        let none = Environment::default();
        let no_color = Environment::of([("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
        let forced = Environment::of([("CLICOLOR_FORCE", "1")]);
        assert!(colored(Color::Auto, &none, true));
        assert!(!colored(Color::Auto, &none, false));
        assert!(!colored(Color::Auto, &no_color, true));
        assert!(colored(Color::Auto, &forced, false));
        assert!(colored(Color::Always, &no_color, false));
        assert!(!colored(Color::Never, &forced, true));
    }
}
