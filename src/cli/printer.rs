//! The only writer to stdout and stderr.
//!
//! stdout is data, stderr everything else. Colours are stripped where they are off; lines on
//! stderr never tear progress bars; a closed pipe is remembered and ends the command quietly.

use std::io::{BufWriter, ErrorKind, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use super::arguments::Format;
use super::render;
use super::terminal::Terminal;
use crate::error::{Error, Kind, Result};

/// Bytes gathered before rows go to stdout.
const STREAM_BUFFER: usize = 1 << 16;

type Stream = Mutex<Box<dyn Write + Send>>;

/// How much is told on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loudness {
    /// Errors only.
    Quiet,
    /// What deserves attention.
    Normal,
    /// Every step.
    Verbose,
    /// Every step and its parts.
    Chatty,
}

/// Writes to both streams.
pub(super) struct Printer {
    out: Stream,
    err: Stream,
    bars: MultiProgress,
    closed: AtomicBool,
    /// The form of stdout.
    pub(super) format: Format,
    /// How much is told on stderr.
    pub(super) loudness: Loudness,
    /// What the terminal can do.
    pub(super) terminal: Terminal,
}

impl Printer {
    /// A printer to the streams of this process.
    pub(super) fn of_process(format: Format, loudness: Loudness, terminal: Terminal) -> Self {
        let out = Box::new(BufWriter::new(std::io::stdout()));
        let err = Box::new(std::io::stderr());
        Self::to(out, err, format, loudness, terminal)
    }

    /// A printer to any streams.
    pub(super) fn to(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        format: Format,
        loudness: Loudness,
        terminal: Terminal,
    ) -> Self {
        let shows_bars = terminal.live && format != Format::Json && loudness >= Loudness::Normal;
        let target = if shows_bars {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            out: Mutex::new(out),
            err: Mutex::new(err),
            bars: MultiProgress::with_draw_target(target),
            closed: AtomicBool::new(false),
            format,
            loudness,
            terminal,
        }
    }

    /// Where progress bars are added; hidden where there is no terminal.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether the reader of stdout went away.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Writes a text that ends with a newline to stdout.
    pub(super) fn data(&self, styled: &str) -> Result<()> {
        let color = self.terminal.color_out;
        self.write_data(|out| write_styled(out, styled, color))
    }

    /// The text as [`data`](Self::data) would write it.
    pub(super) fn shown(&self, styled: &str) -> String {
        if self.terminal.color_out {
            styled.to_owned()
        } else {
            anstream::adapter::strip_str(styled).to_string()
        }
    }

    /// Writes to stdout as it is, sequences that control the terminal included.
    pub(super) fn control(&self, text: &str) -> Result<()> {
        self.write_data(|out| out.write_all(text.as_bytes()))
    }

    /// Writes one JSON document to stdout.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)
            .map_err(|error| Error::bug("failed to write JSON").cause(error))?;
        text.push('\n');
        self.write_data(|out| out.write_all(text.as_bytes()))
    }

    /// Lets `write` write to stdout.
    pub(super) fn write_data(
        &self,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<()> {
        let mut out = self
            .out
            .lock()
            .map_err(|_| Error::bug("a thread died while printing"))?;
        let outcome = self.bars.suspend(|| write(&mut **out));
        outcome.map_err(|error| self.failed(&error))
    }

    /// stdout for writing piece by piece.
    pub(super) fn stream(&self) -> BufWriter<DataStream<'_>> {
        BufWriter::with_capacity(STREAM_BUFFER, DataStream(self))
    }

    /// Hands everything written so far to the reader.
    pub(super) fn flush(&self) -> Result<()> {
        self.write_data(|out| out.flush())
    }

    /// Tells something on stderr, unless that is too much.
    pub(super) fn tell(&self, loudness: Loudness, styled: &str) {
        if self.loudness >= loudness {
            self.write_err(&format!("{styled}\n"));
        }
    }

    /// Tells of a failure on stderr, always.
    pub(super) fn error(&self, error: &Error) {
        if self.format == Format::Json {
            let text = render::error_json(error).to_string();
            self.write_err(&format!("{text}\n"));
        } else {
            self.write_err(&format!("{}\n", render::error_block(error)));
        }
    }

    /// stderr is the last resort: nothing can be told if it fails.
    pub(super) fn write_err(&self, styled: &str) {
        let Ok(mut err) = self.err.lock() else { return };
        let color = self.terminal.color_err;
        let write = || write_styled(&mut **err, styled, color).and_then(|()| err.flush());
        drop(self.bars.suspend(write));
    }

    fn stream_error(&self) -> std::io::Error {
        if self.is_closed() {
            ErrorKind::BrokenPipe.into()
        } else {
            ErrorKind::Other.into()
        }
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        if error.kind() == ErrorKind::BrokenPipe {
            self.closed.store(true, Ordering::Relaxed);
            return Error::new(Kind::Cancelled, "the reader of stdout went away");
        }
        Error::unavailable("failed to write to stdout").cause(error)
    }
}

/// stdout of a printer.
pub(super) struct DataStream<'a>(&'a Printer);

impl Write for DataStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0
            .write_data(|out| out.write_all(bytes))
            .map_err(|_| self.0.stream_error())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush().map_err(|_| self.0.stream_error())
    }
}

fn write_styled(stream: &mut dyn Write, styled: &str, color: bool) -> std::io::Result<()> {
    if color {
        return stream.write_all(styled.as_bytes());
    }
    for part in anstream::adapter::strip_str(styled) {
        stream.write_all(part.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;

    /// A stream whose contents can be read afterwards.
    #[derive(Clone, Default)]
    pub(in crate::cli) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(in crate::cli) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("free").clone()).expect("text")
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("free").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A printer without a terminal whose streams are captured.
    pub(in crate::cli) fn captured(
        format: Format,
        loudness: Loudness,
    ) -> (Arc<Printer>, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let printer = Printer::to(
            Box::new(out.clone()),
            Box::new(err.clone()),
            format,
            loudness,
            Terminal::none(),
        );
        (Arc::new(printer), out, err)
    }

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn colours_are_stripped_where_they_are_off() {
        let (printer, out, err) = captured(Format::Table, Loudness::Normal);
        printer
            .data(&format!("{}\n", crate::cli::style::title("Tokens")))
            .expect("written");
        printer.tell(Loudness::Normal, &crate::cli::style::warn("careful"));
        printer.tell(Loudness::Verbose, "not this");
        assert_eq!(out.text(), "Tokens\n");
        assert_eq!(err.text(), "careful\n");
    }

    #[test]
    fn a_closed_pipe_is_remembered() {
        let printer = Printer::to(
            Box::new(Gone),
            Box::new(std::io::sink()),
            Format::Table,
            Loudness::Normal,
            Terminal::none(),
        );
        let error = printer.data("x\n").expect_err("closed");
        assert_eq!(error.kind(), Kind::Cancelled);
        assert!(printer.is_closed());
    }
}
