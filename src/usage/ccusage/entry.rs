//! What ccusage keeps of a line.

use crate::usage::call::Tokens;

/// Tokens written to the cache, by how long they are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Writes {
    pub(super) five_minutes: i64,
    pub(super) one_hour: i64,
}

/// A line with usage.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) timestamp: i64,
    pub(super) session_id: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) is_fast: bool,
    pub(super) has_speed: bool,
    pub(super) is_sidechain: bool,
    pub(super) tokens: Tokens,
    pub(super) writes: Writes,
    pub(super) logged_cost: Option<f64>,
    pub(super) advisors: Vec<Advisor>,
}

/// An advisor's part of a response.
#[derive(Clone, Debug)]
pub(super) struct Advisor {
    pub(super) model: String,
    pub(super) tokens: Tokens,
    pub(super) writes: Writes,
}
