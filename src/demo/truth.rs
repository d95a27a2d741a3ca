//! What the transcripts say in total, counted while they are written.
//!
//! Everything is counted once, however many lines repeat it: API responses by message id, prompts
//! and tool calls where they were made, not where a forked session copies them. `entries` alone
//! counts the copies too.

use std::collections::BTreeMap;

use serde::Serialize;

/// Tokens of API responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tokens {
    pub(super) calls: u64,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cache_creation_5m: u64,
    pub(super) cache_creation_1h: u64,
    pub(super) cache_read: u64,
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.input += other.input;
        self.output += other.output;
        self.cache_creation_5m += other.cache_creation_5m;
        self.cache_creation_1h += other.cache_creation_1h;
        self.cache_read += other.cache_read;
    }
}

/// Calls of one tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct ToolTotals {
    pub(super) calls: u64,
    /// Failed, rejections not included.
    pub(super) errors: u64,
    /// Refused by the user.
    pub(super) rejections: u64,
    /// Left without a result, because the user refused another call of the same response.
    pub(super) unanswered: u64,
}

/// Totals of all transcripts written.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Truth {
    pub(super) seed: u64,
    pub(super) end: String,
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Lines, copies in forked sessions included.
    pub(super) entries: u64,
    /// Lines that forked sessions copied.
    pub(super) copied_entries: u64,
    /// Lines by type, copies not included.
    pub(super) entries_by_type: BTreeMap<String, u64>,
    pub(super) sessions: u64,
    pub(super) forked_sessions: u64,
    pub(super) sessions_by_project: BTreeMap<String, u64>,
    pub(super) subagents: u64,
    /// Texts typed by people.
    pub(super) prompts: u64,
    pub(super) prompts_by_day: BTreeMap<String, u64>,
    pub(super) slash_commands: u64,
    pub(super) interruptions: u64,
    pub(super) compactions: u64,
    pub(super) api_errors: u64,
    pub(super) synthetic_messages: u64,
    pub(super) tokens: Tokens,
    /// The part of `tokens` that sub-agents used.
    pub(super) sidechain_tokens: Tokens,
    pub(super) tokens_by_model: BTreeMap<String, Tokens>,
    /// By UTC day of the first line of a response.
    pub(super) tokens_by_day: BTreeMap<String, Tokens>,
    pub(super) tools: ToolTotals,
    pub(super) tools_by_name: BTreeMap<String, ToolTotals>,
    /// Calls that repeat a failed call with the same input.
    pub(super) retries: u64,
    pub(super) lines_added: u64,
    pub(super) lines_removed: u64,
    pub(super) files_created: u64,
    pub(super) edits: u64,
    pub(super) commits: u64,
    pub(super) pull_requests: u64,
}

impl Truth {
    /// One API response.
    pub(super) fn count_response(
        &mut self,
        model: &str,
        day: &str,
        is_sidechain: bool,
        tokens: Tokens,
    ) {
        self.tokens += tokens;
        if is_sidechain {
            self.sidechain_tokens += tokens;
        }
        *self.tokens_by_model.entry(model.to_owned()).or_default() += tokens;
        *self.tokens_by_day.entry(day.to_owned()).or_default() += tokens;
    }

    /// A tool call that was made.
    pub(super) fn count_call(&mut self, name: &str) {
        self.tools_by_name.entry(name.to_owned()).or_default().calls += 1;
        self.tools.calls += 1;
    }

    /// A tool call that did not succeed.
    pub(super) fn count_failure(&mut self, name: &str, is_rejected: bool) {
        let totals = self.tools_by_name.entry(name.to_owned()).or_default();
        for totals in [totals, &mut self.tools] {
            totals.rejections += u64::from(is_rejected);
            totals.errors += u64::from(!is_rejected);
        }
    }

    /// A tool call that got no result.
    pub(super) fn count_unanswered(&mut self, name: &str) {
        self.tools_by_name
            .entry(name.to_owned())
            .or_default()
            .unanswered += 1;
        self.tools.unanswered += 1;
    }
}
