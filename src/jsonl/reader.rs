//! Lines of a file from a byte offset on, in chunks, with bounded memory.
//!
//! The end is fixed when reading begins, so a file that is written to meanwhile gives a definite
//! answer. Positions are absolute; nothing depends on where earlier runs stopped.

use std::fs::File;
use std::io;

/// Longer lines are not held in memory.
pub(crate) const LONGEST_LINE: usize = 128 << 20;

/// Bytes asked of the system at once.
const CHUNK: usize = 1 << 20;

/// Reads at a position, without a shared one.
pub(crate) trait ReadAt {
    /// Fills a part of `buffer` from `offset` on; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

/// One line without its line feed, or what replaces it.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    /// A line that ends in a line feed.
    Ended { offset: u64, bytes: &'a [u8] },
    /// What follows the last line feed; more may be appended to it.
    Unended { offset: u64, bytes: &'a [u8] },
    /// A line beyond the limit, of which only the beginning is kept.
    TooLong {
        offset: u64,
        length: u64,
        head: Vec<u8>,
        ended: bool,
    },
}

/// Hands out lines one by one; the buffer grows only for long lines.
pub(crate) struct LineReader<'f, R: ?Sized> {
    source: &'f R,
    buffer: Vec<u8>,
    /// The unread bytes of the buffer.
    unread: std::ops::Range<usize>,
    /// Unread bytes known to hold no line feed.
    searched: usize,
    /// Position in the source of the first unread byte.
    offset: u64,
    end: u64,
    longest: usize,
}

impl<'f, R: ReadAt + ?Sized> LineReader<'f, R> {
    /// Lines of `source` between two positions; lines of more than `longest` bytes are cut.
    pub(crate) fn new(source: &'f R, from: u64, end: u64, longest: usize) -> Self {
        let buffer = Vec::new();
        Self {
            source,
            buffer,
            unread: 0..0,
            searched: 0,
            offset: from,
            end,
            longest,
        }
    }

    /// The next line; `None` at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let unread = self.buffer.get(self.unread.clone()).unwrap_or_default();
            let fresh = unread.get(self.searched..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', fresh) {
                return Ok(Some(self.take_line(found)));
            }
            self.searched = unread.len();
            if self.searched > self.longest {
                return self.skip_long_line().map(Some);
            }
            if self.fill()? == 0 {
                return Ok(self.take_rest());
            }
        }
    }

    fn take_line(&mut self, found: usize) -> Line<'_> {
        let length = self.searched + found;
        let offset = self.offset;
        let start = self.unread.start;
        self.consume(length + 1);
        if length > self.longest {
            let head = self.head(start);
            return Line::TooLong {
                offset,
                length: length as u64,
                head,
                ended: true,
            };
        }
        let bytes = self.buffer.get(start..start + length).unwrap_or_default();
        Line::Ended { offset, bytes }
    }

    fn take_rest(&mut self) -> Option<Line<'_>> {
        let (offset, rest) = (self.offset, self.unread.clone());
        self.consume(rest.len());
        let bytes = self.buffer.get(rest).filter(|bytes| !bytes.is_empty())?;
        Some(Line::Unended { offset, bytes })
    }

    fn consume(&mut self, bytes: usize) {
        self.unread.start += bytes;
        self.offset += bytes as u64;
        self.searched = 0;
    }

    /// Reads on; makes room by moving the unread bytes to the front, then by growing.
    fn fill(&mut self) -> io::Result<usize> {
        if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        let at = self.offset + self.unread.len() as u64;
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        // Doubling, but not beyond where the line is known to be too long.
        let growth = self
            .unread
            .len()
            .min(self.longest.saturating_sub(self.unread.len()));
        let wanted = left.min(CHUNK.max(growth));
        let room = self.unread.end + wanted;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        let free = self
            .buffer
            .get_mut(self.unread.end..room)
            .unwrap_or_default();
        let read = loop {
            match self.source.read_at(free, at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.unread.end += read;
        Ok(read)
    }

    /// The beginning of a long line that starts at this place of the buffer.
    fn head(&self, start: usize) -> Vec<u8> {
        let line = self.buffer.get(start..).unwrap_or_default();
        line.get(..KEPT_OF_LONG_LINE.min(self.longest))
            .unwrap_or(line)
            .to_vec()
    }

    fn skip_long_line(&mut self) -> io::Result<Line<'_>> {
        let offset = self.offset;
        let head = self.head(self.unread.start);
        let mut length = 0;
        let ended = loop {
            let unread = self.buffer.get(self.unread.clone()).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unread) {
                length += found as u64;
                self.consume(found + 1);
                break true;
            }
            length += unread.len() as u64;
            self.consume(unread.len());
            if self.fill()? == 0 {
                break false;
            }
        };
        Ok(Line::TooLong {
            offset,
            length,
            head,
            ended,
        })
    }
}

/// Bytes of a line beyond the limit that its dead letter shows.
const KEPT_OF_LONG_LINE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that are read a few at a time, so that every border is crossed.
    struct Slow(Vec<u8>, usize);

    impl ReadAt for Slow {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let Self(bytes, step) = self;
            let from = usize::try_from(offset).expect("small").min(bytes.len());
            let length = buffer.len().min(bytes.len() - from).min(*step);
            buffer[..length].copy_from_slice(&bytes[from..from + length]);
            Ok(length)
        }
    }

    /// Offset, bytes and whether ended, of every line.
    fn lines(bytes: &[u8], from: u64, longest: usize, step: usize) -> Vec<(u64, Vec<u8>, bool)> {
        let source = Slow(bytes.to_vec(), step);
        let mut reader = LineReader::new(&source, from, bytes.len() as u64, longest);
        let mut lines = Vec::new();
        while let Some(line) = reader.next_line().expect("memory") {
            lines.push(match line {
                Line::Ended { offset, bytes } => (offset, bytes.to_vec(), true),
                Line::Unended { offset, bytes } => (offset, bytes.to_vec(), false),
                Line::TooLong {
                    offset,
                    length,
                    head,
                    ended,
                } => (
                    offset,
                    [&head, length.to_string().as_bytes()].concat(),
                    ended,
                ),
            });
        }
        lines
    }

    proptest! {
        #[test]
        fn lines_are_what_splitting_gives(text in "[ab\n]{0,80}", from in 0_usize..80, step in 1_usize..20) {
            let from = from.min(text.len());
            let rest = &text.as_bytes()[from..];
            let mut expected = Vec::new();
            let mut offset = from;
            for piece in rest.split_inclusive(|byte| *byte == b'\n') {
                let ended = piece.ends_with(b"\n");
                let line = piece.strip_suffix(b"\n").unwrap_or(piece);
                expected.push((offset as u64, line.to_vec(), ended));
                offset += piece.len();
            }
            prop_assert_eq!(lines(text.as_bytes(), from as u64, 1000, step), expected);
        }
    }

    #[test]
    fn lines_beyond_the_limit_are_passed_over() {
        let text = [b"short\n".as_slice(), &[b'x'; 50], b"\nnext\n", &[b'y'; 21]].concat();
        let expected = vec![
            (0, b"short".to_vec(), true),
            (6, [[b'x'; 20].as_slice(), b"50"].concat(), true),
            (57, b"next".to_vec(), true),
            (62, [[b'y'; 20].as_slice(), b"21"].concat(), false),
        ];
        for step in [1, 7, 20, 21, 60, 1000] {
            assert_eq!(lines(&text, 0, 20, step), expected, "{step}");
        }
    }
}
