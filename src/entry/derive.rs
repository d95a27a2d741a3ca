//! How columns derive from fields: the rules every source shares, as small pure functions.
//!
//! | column | rule |
//! |---|---|
//! | `subtype` | `subtype`, else `attachment.type`, else `data.type` |
//! | `content_text` | the string, or the text blocks joined by line feeds ([`joined`]); of `message.content`, else of a top-level `content` |
//! | `timestamp`, `_ingested_at` | [`instant`]; anything that is not an instant becomes null |
//! | `lines_added`, `lines_removed` | [`changed_lines`] of `toolUseResult` |
//! | `tool_duration_ms` | `durationMs`, else `totalDurationMs`, else `durationSeconds` ([`seconds_as_millis`]) |
//! | `_content_hash` | [`content_hash`] of the entry as received |
//! | integers | whole numbers; fractions are rounded ([`whole`]), numeric text is read ([`whole_text`]) |

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

/// Fingerprint of an entry as received: its XXH64 without a seed.
#[must_use]
pub fn content_hash(entry: &[u8]) -> i64 {
    XxHash64::oneshot(0, entry).cast_signed()
}

/// The first eight bytes of the SHA-256 of `parts`, each ended by a NUL byte (which no path and
/// no name contains), as 16 hexadecimal digits.
#[must_use]
pub fn short_hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update(b"\0");
    }
    let mut hash = format!("{:x}", hasher.finalize());
    hash.truncate(16);
    hash
}

/// Microseconds since the epoch of an ISO 8601 instant with an offset or `Z`.
///
/// `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, which is what transcripts hold, takes a path without
/// a general parser. Text that is not an instant gives `None`.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    plain_instant(text.as_bytes()).or_else(|| {
        let parsed: Timestamp = text.trim().parse().ok()?;
        Some(parsed.as_microsecond())
    })
}

/// The common form; `None` leaves the text to the general parser.
fn plain_instant(text: &[u8]) -> Option<i64> {
    let (head, fraction) = match text.strip_suffix(b"Z")?.split_at_checked(19)? {
        (head, []) => (head, 0),
        (head, [b'.', digits @ ..]) => (head, micros(digits)?),
        _ => return None,
    };
    let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if punctuation
        .iter()
        .any(|&(at, mark)| head.get(at) != Some(&mark))
    {
        return None;
    }
    let part = |from: usize, to: usize| digits(head.get(from..to)?);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > month_length(year, month) {
        return None;
    }
    let of_day = hour * 3600 + minute * 60 + second;
    Some((days_from_epoch(year, month, day) * 86_400 + of_day) * 1_000_000 + fraction)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |value, byte| match byte {
        b'0'..=b'9' => Some(value * 10 + i64::from(byte - b'0')),
        _ => None,
    })
}

/// A decimal fraction of a second in microseconds; further digits are cut off.
fn micros(fraction: &[u8]) -> Option<i64> {
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let value = digits(fraction)?;
    let scale = 10_i64.pow(u32::try_from(fraction.len().abs_diff(6)).ok()?);
    Some(if fraction.len() > 6 {
        value / scale
    } else {
        value * scale
    })
}

fn month_length(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that
/// the leap day comes last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Texts joined by line feeds; `None` when there is none. A single text is not copied.
#[must_use]
pub fn joined<'a>(texts: impl IntoIterator<Item = Cow<'a, str>>) -> Option<Cow<'a, str>> {
    let mut texts = texts.into_iter();
    let first = texts.next()?;
    Some(texts.fold(first, |whole, text| {
        let mut whole = whole.into_owned();
        whole.push('\n');
        whole.push_str(&text);
        Cow::Owned(whole)
    }))
}

/// Lines that a unified patch adds and removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangedLines {
    /// Lines marked `+`.
    pub added: i64,
    /// Lines marked `-`.
    pub removed: i64,
}

impl ChangedLines {
    /// Counts one line of a patch by its first character; `\ No newline at end of file` and
    /// context are no change.
    pub fn count(&mut self, patch_line: &str) {
        match patch_line.as_bytes().first() {
            Some(b'+') => self.added += 1,
            Some(b'-') => self.removed += 1,
            _ => {}
        }
    }
}

/// Lines added and removed by a tool, from its structured result.
///
/// `patch` counts `structuredPatch`, and is `None` where the result has none. The patch of a
/// created file (`type` is `create`) is always empty, so there the lines of `content` count. A
/// result without either (a failed call, another tool) changes nothing: `None`.
#[must_use]
pub fn changed_lines(
    result_type: Option<&str>,
    patch: Option<ChangedLines>,
    content: Option<&str>,
) -> Option<ChangedLines> {
    match (patch, content) {
        (Some(patch), _) if patch != ChangedLines::default() => Some(patch),
        (_, Some(content)) if result_type == Some("create") => Some(ChangedLines {
            added: line_count(content),
            removed: 0,
        }),
        (patch, _) => patch,
    }
}

/// Lines of a text: line feeds, and one more for a last line without one.
#[must_use]
pub fn line_count(text: &str) -> i64 {
    let feeds = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let unended = usize::from(!text.is_empty() && !text.ends_with('\n'));
    i64::try_from(feeds + unended).unwrap_or(i64::MAX)
}

/// The whole number nearest to `number`; `None` beyond the range of 64 bits.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, the fraction is meant to go"
)]
pub fn whole(number: f64) -> Option<i64> {
    let rounded = number.round();
    // Both bounds are powers of two, hence exact.
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
        .contains(&rounded)
        .then_some(rounded as i64)
}

/// The whole number a text spells.
#[must_use]
pub fn whole_text(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// Seconds as whole milliseconds.
#[must_use]
pub fn seconds_as_millis(seconds: f64) -> Option<i64> {
    whole(seconds * 1000.0)
}

/// `agent-<id>.jsonl` is written by sub-agent `<id>`. `path` has forward slashes.
#[must_use]
pub fn agent_of_file(path: &str) -> Option<String> {
    let id = stem(path)?.strip_prefix("agent-")?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// `<session>.jsonl` or `<session>/subagents/…`; a sub-agent's file beside the sessions does not
/// tell whose it is. `path` has forward slashes.
#[must_use]
pub fn session_of_file(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let folder = parts
        .iter()
        .rposition(|part| *part == "subagents")
        .filter(|at| *at > 0);
    match folder {
        Some(at) => parts.get(at - 1).map(|part| (*part).to_owned()),
        None if agent_of_file(path).is_some() => None,
        None => stem(path).map(str::to_owned),
    }
}

/// File name of a transcript without its ending.
fn stem(path: &str) -> Option<&str> {
    path.rsplit('/')
        .next()?
        .strip_suffix(".jsonl")
        .filter(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_of_all_spellings() {
        assert_eq!(instant("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(
            instant("2026-08-10T16:55:41.385Z"),
            Some(1_786_380_941_385_000)
        );
        assert_eq!(instant("2026-08-10T16:55:41Z"), Some(1_786_380_941_000_000));
        assert_eq!(
            instant("2026-08-10T18:55:41.385+02:00"),
            Some(1_786_380_941_385_000)
        );
        assert_eq!(
            instant("2024-02-29T12:00:00.123456789Z"),
            Some(1_709_208_000_123_456)
        );
        for wrong in [
            "",
            "Z",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_short_path_agrees_with_the_general_parser(micros in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
            let text = Timestamp::from_microsecond(micros).expect("in range").to_string();
            prop_assert_eq!(plain_instant(text.as_bytes()), Some(micros));
        }
    }

    #[test]
    fn lines_of_a_text() {
        for (text, lines) in [
            ("", 0),
            ("a", 1),
            ("a\n", 1),
            ("a\nb", 2),
            ("\n", 1),
            ("\n\n", 2),
        ] {
            assert_eq!(line_count(text), lines, "{text:?}");
        }
    }

    #[test]
    fn patches_win_over_contents() {
        let mut patch = ChangedLines::default();
        for line in [" a", "-b", "+c", "+", "\\ No newline at end of file", ""] {
            patch.count(line);
        }
        assert_eq!(
            patch,
            ChangedLines {
                added: 2,
                removed: 1
            }
        );
        let none = ChangedLines::default();
        let created = ChangedLines {
            added: 2,
            removed: 0,
        };
        assert_eq!(
            changed_lines(Some("update"), Some(patch), Some("x\ny")),
            Some(patch)
        );
        assert_eq!(
            changed_lines(Some("create"), Some(none), Some("x\ny\n")),
            Some(created)
        );
        assert_eq!(
            changed_lines(Some("create"), None, Some("x\ny")),
            Some(created)
        );
        assert_eq!(
            changed_lines(Some("update"), Some(none), Some("x")),
            Some(none)
        );
        assert_eq!(changed_lines(Some("text"), None, Some("x")), None);
    }

    #[test]
    fn numbers_become_whole() {
        assert_eq!(whole(12.4), Some(12));
        assert_eq!(whole(-0.6), Some(-1));
        assert_eq!(whole(1e300), None);
        assert_eq!(whole(f64::NAN), None);
        assert_eq!(whole_text(" 12 "), Some(12));
        assert_eq!(whole_text("1e3"), Some(1000));
        assert_eq!(whole_text("twelve"), None);
        assert_eq!(seconds_as_millis(1.2345), Some(1235));
    }

    #[test]
    fn hashes_keep_parts_apart() {
        assert_ne!(short_hash(&[b"a", b"bc"]), short_hash(&[b"ab", b"c"]));
        assert_eq!(short_hash(&[b"a"]).len(), 16);
        // Stores outlive programs.
        assert_eq!(content_hash(b""), 0xEF46_DB37_51D8_E999_u64.cast_signed());
    }

    #[test]
    fn single_texts_are_not_copied() {
        assert_eq!(joined([]), None);
        assert!(matches!(
            joined([Cow::Borrowed("a")]),
            Some(Cow::Borrowed("a"))
        ));
        assert_eq!(
            joined(["a", "b"].map(Cow::Borrowed)).as_deref(),
            Some("a\nb")
        );
    }

    #[test]
    fn file_names_tell_session_and_agent() {
        for (path, session, agent) in [
            ("s1.jsonl", Some("s1"), None),
            ("/home/a/.claude/projects/p/s1.jsonl", Some("s1"), None),
            ("agent-a1.jsonl", None, Some("a1")),
            ("s1/subagents/agent-a1.jsonl", Some("s1"), Some("a1")),
            (
                "s1/subagents/workflows/wf/agent-a1.jsonl",
                Some("s1"),
                Some("a1"),
            ),
            ("s1/subagents/workflows/wf/journal.jsonl", Some("s1"), None),
            ("subagents/agent-a1.jsonl", None, Some("a1")),
            ("agent-.jsonl", Some("agent-"), None),
            ("notes.txt", None, None),
        ] {
            assert_eq!(session_of_file(path).as_deref(), session, "{path}");
            assert_eq!(agent_of_file(path).as_deref(), agent, "{path}");
        }
    }
}
