//! How far a transcript was read.

/// One transcript file, as it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptState {
    /// What the `_id` of its entries begins with.
    pub transcript: String,
    /// Where it was found.
    pub path: String,
    /// Machine it was written on, if that is known.
    pub machine: Option<String>,
    /// Last modification when it was read to its end, in microseconds since the epoch.
    pub modified_at: Option<i64>,
    /// Bytes it had when it was read to its end.
    pub size: Option<u64>,
    /// Bytes that are landed; what follows is no whole line yet.
    pub read_bytes: u64,
    /// Lines that could not be read; `None` if an earlier version of the program read them.
    pub broken_lines: Option<u64>,
}
