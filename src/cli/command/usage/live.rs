//! `--live`: the same page again and again, until Ctrl-C.

use std::time::{Duration, Instant};

use clap::Args;

use crate::cli::session::Session;
use crate::error::{Error, Kind, Result};

/// How often it is looked whether to stop.
const STEP: Duration = Duration::from_millis(50);

/// Another screen, without a cursor; what was on the terminal before comes back afterwards.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// To the top left; lines are cleared as they are written, so that nothing flickers.
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

/// `--live` and `--interval`.
#[derive(Args, Debug)]
pub(super) struct Live {
    /// Refresh until Ctrl-C; reads transcripts directly
    #[arg(long, conflicts_with = "json")]
    live: bool,
    /// Seconds between refreshes
    #[arg(long, value_name = "SECONDS", requires = "live", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    interval: u64,
}

impl Live {
    /// Whether it is asked for.
    pub(super) fn is_on(&self) -> bool {
        self.live
    }

    /// Shows what `page` makes until the user stops it, and leaves the terminal as it was.
    ///
    /// # Errors
    /// `Usage` where stdout is no terminal; whatever `page` fails with.
    pub(super) fn run(
        &self,
        session: &Session,
        page: &mut dyn FnMut() -> Result<String>,
    ) -> Result<()> {
        if !session.printer.terminal.is_interactive {
            return Err(Error::usage("a live view needs a terminal")
                .at("--live")
                .hint("Leave `--live` away, or repeat the command with `watch`."));
        }
        let mut first = page()?;
        let screen = Screen::enter(session)?;
        let outcome = loop {
            if let Err(error) = screen.draw(&first) {
                break Err(error);
            }
            if !self.wait(session) {
                break Ok(());
            }
            match page() {
                Ok(next) => first = next,
                Err(error) if error.kind() == Kind::Cancelled => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        drop(screen);
        // What was seen last stays to be read.
        session.printer.data(&first)?;
        outcome
    }

    /// Waits for the next refresh; false if the user stops it.
    fn wait(&self, session: &Session) -> bool {
        let until = Instant::now() + Duration::from_secs(self.interval);
        while Instant::now() < until {
            if session.cancel.is_raised() {
                return false;
            }
            std::thread::sleep(STEP);
        }
        !session.cancel.is_raised()
    }
}

/// The other screen; leaving it brings back the first, however the view ends.
struct Screen<'a> {
    session: &'a Session,
}

impl<'a> Screen<'a> {
    fn enter(session: &'a Session) -> Result<Self> {
        let screen = Self { session };
        screen.write(ENTER)?;
        Ok(screen)
    }

    fn draw(&self, page: &str) -> Result<()> {
        let printer = &self.session.printer;
        let shown = printer.shown(page);
        // What does not fit would scroll; the newest is below.
        let rows = terminal_size::terminal_size().map_or(usize::MAX, |(_, rows)| rows.0.into());
        let lines: Vec<&str> = shown.lines().collect();
        let hidden = (lines.len() + 1).saturating_sub(rows);
        let mut screen = String::from(HOME);
        for line in lines.iter().skip(hidden) {
            screen.push_str(line);
            screen.push_str(CLEAR_LINE);
            screen.push_str("\r\n");
        }
        screen.push_str(CLEAR_BELOW);
        self.write(&screen)
    }

    fn write(&self, sequence: &str) -> Result<()> {
        self.session.printer.control(sequence)?;
        self.session.printer.flush()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        drop(self.write(LEAVE));
    }
}
