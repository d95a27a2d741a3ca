//! Which lines ccusage takes, and what it reads in them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::{Advisor, Entry, Writes};
use crate::usage::call::Tokens;

/// Keys whose null makes ccusage drop a line, wherever in the line it stands.
const NO_NULL: [&str; 11] = [
    "id",
    "cwd",
    "model",
    "speed",
    "costUSD",
    "version",
    "sessionId",
    "requestId",
    "isApiErrorMessage",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
];

/// Why ccusage does not take a line that has usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    /// No `"usage":{` in these very characters.
    Spelling,
    /// A null where it allows none.
    Null,
    /// A value of another type than it expects.
    Shape,
    /// A time it cannot read.
    Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    timestamp: String,
    session_id: Option<String>,
    request_id: Option<String>,
    version: Option<String>,
    #[serde(rename = "costUSD")]
    cost_usd: Option<f64>,
    is_sidechain: Option<bool>,
    #[serde(rename = "isApiErrorMessage")]
    _is_api_error: Option<bool>,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    id: Option<String>,
    model: Option<String>,
    usage: Usage,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    #[serde(default)]
    cache_creation_input_tokens: u64,
    #[serde(default)]
    cache_read_input_tokens: u64,
    cache_creation: Option<CacheCreation>,
    speed: Option<Speed>,
    iterations: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct CacheCreation {
    #[serde(default)]
    ephemeral_5m_input_tokens: u64,
    #[serde(default)]
    ephemeral_1h_input_tokens: u64,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Speed {
    Standard,
    Fast,
}

#[derive(Deserialize)]
struct Iteration {
    #[serde(rename = "type")]
    kind: Option<String>,
    model: Option<String>,
    input_tokens: u64,
    output_tokens: u64,
    #[serde(default)]
    cache_creation_input_tokens: u64,
    #[serde(default)]
    cache_read_input_tokens: u64,
    cache_creation: Option<CacheCreation>,
}

/// A report of a sub-agent: the line it reports, without the names of its session.
#[derive(Deserialize)]
struct Nested {
    data: NestedData,
}

#[derive(Deserialize)]
struct NestedData {
    message: NestedLine,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NestedLine {
    timestamp: String,
    message: Message,
    #[serde(rename = "costUSD")]
    cost_usd: Option<f64>,
    request_id: Option<String>,
    is_sidechain: Option<bool>,
}

/// Reads a line as the daily report of ccusage does.
pub(super) fn read(text: &str) -> Result<Entry, Refusal> {
    if !text.contains("\"usage\":{") {
        return Err(Refusal::Spelling);
    }
    if has_forbidden_null(text) {
        return Err(Refusal::Null);
    }
    let line = match serde_json::from_str::<Line>(text) {
        Ok(line) => line,
        Err(_) => {
            let nested: Nested = serde_json::from_str(text).map_err(|_| Refusal::Shape)?;
            let inner = nested.data.message;
            Line {
                timestamp: inner.timestamp,
                session_id: None,
                request_id: inner.request_id,
                version: None,
                cost_usd: inner.cost_usd,
                is_sidechain: inner.is_sidechain,
                _is_api_error: None,
                message: inner.message,
            }
        }
    };
    entry(line)
}

/// The id of the message a line holds or reports, whatever else is wrong with the line; `None` for
/// none or an empty one.
pub(super) fn message_id(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let reported = value.pointer("/data/message/message");
    let message = match value.pointer("/data/type").and_then(|kind| kind.as_str()) {
        Some("agent_progress") => reported,
        _ => value
            .get("message")
            .filter(|message| message.get("usage").is_some())
            .or(reported),
    };
    let id = message?.get("id")?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
}

fn entry(line: Line) -> Result<Entry, Refusal> {
    let timestamp = instant(&line.timestamp).ok_or(Refusal::Time)?;
    let message = line.message;
    let empty = |text: &Option<String>| text.as_deref() == Some("");
    let wrong_version = line
        .version
        .as_deref()
        .is_some_and(|text| !is_version(text));
    let names = [
        &line.session_id,
        &line.request_id,
        &message.id,
        &message.model,
    ];
    if wrong_version || names.into_iter().any(empty) {
        return Err(Refusal::Shape);
    }
    let usage = message.usage;
    let writes = writes(
        usage.cache_creation.as_ref(),
        usage.cache_creation_input_tokens,
    );
    Ok(Entry {
        timestamp,
        session_id: line.session_id,
        request_id: line.request_id,
        message_id: message.id,
        model: message.model,
        is_fast: usage.speed == Some(Speed::Fast),
        has_speed: usage.speed.is_some(),
        is_sidechain: line.is_sidechain == Some(true),
        tokens: tokens(
            usage.input_tokens,
            usage.output_tokens,
            writes,
            usage.cache_read_input_tokens,
        ),
        writes,
        logged_cost: line.cost_usd,
        advisors: advisors(usage.iterations.as_deref()),
    })
}

/// The advisors among the iterations; none where one iteration has another shape than expected.
fn advisors(iterations: Option<&RawValue>) -> Vec<Advisor> {
    let parsed = iterations.and_then(|text| serde_json::from_str(text.get()).ok());
    let iterations: Vec<Iteration> = parsed.unwrap_or_default();
    let own = |iteration: &Iteration| iteration.kind.as_deref() == Some("advisor_message");
    iterations
        .into_iter()
        .filter(own)
        .filter_map(|iteration| {
            let writes = writes(
                iteration.cache_creation.as_ref(),
                iteration.cache_creation_input_tokens,
            );
            Some(Advisor {
                model: iteration.model?,
                tokens: tokens(
                    iteration.input_tokens,
                    iteration.output_tokens,
                    writes,
                    iteration.cache_read_input_tokens,
                ),
                writes,
            })
        })
        .collect()
}

fn writes(split: Option<&CacheCreation>, total: u64) -> Writes {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    match split {
        Some(split) => Writes {
            five_minutes: number(split.ephemeral_5m_input_tokens),
            one_hour: number(split.ephemeral_1h_input_tokens),
        },
        None => Writes {
            five_minutes: number(total),
            one_hour: 0,
        },
    }
}

fn tokens(input: u64, output: u64, writes: Writes, read: u64) -> Tokens {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    Tokens {
        input: number(input),
        output: number(output),
        cache_creation: writes.five_minutes + writes.one_hour,
        cache_read: number(read),
    }
}

/// Whether a key of [`NO_NULL`] stands before some `:null`, found as ccusage finds it: back to the
/// quote before, and to the one before that.
fn has_forbidden_null(text: &str) -> bool {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(":null")) {
        let at = from + found;
        let before = text.get(..at).unwrap_or_default();
        if let Some(quoted) = before.strip_suffix('"') {
            let key = quoted.rsplit('"').next().unwrap_or_default();
            if NO_NULL.contains(&key) {
                return true;
            }
        }
        from = at + ":null".len();
    }
    false
}

/// `YYYY-MM-DDTHH:MM:SS`, nothing or exactly three digits of a second, `Z` or an offset.
fn instant(text: &str) -> Option<i64> {
    let rest = text.get(19..)?;
    let is_plain = text.get(..19).is_some_and(|head| {
        head.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
    });
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.get(..3)?;
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            fraction.get(3..)?
        }
        None => rest,
    };
    let is_zone = zone == "Z"
        || zone.len() == 6
            && zone.starts_with(['+', '-'])
            && zone.bytes().enumerate().skip(1).all(|(at, byte)| {
                if at == 3 {
                    byte == b':'
                } else {
                    byte.is_ascii_digit()
                }
            });
    if !is_plain || !is_zone {
        return None;
    }
    let parsed: jiff::Timestamp = text.parse().ok()?;
    Some(parsed.as_microsecond())
}

/// `major.minor.` and a digit.
fn is_version(text: &str) -> bool {
    let mut parts = text.splitn(3, '.');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_number(parts.next())
        && is_number(parts.next())
        && parts
            .next()
            .is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"timestamp":"2026-01-02T03:04:05.678Z","sessionId":"s","requestId":"r","version":"2.1.100","message":{"id":"m","model":"claude-opus-4-6","usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":3}}}}"#;

    fn refused(from: &str, to: &str) -> Option<Refusal> {
        read(&LINE.replace(from, to)).err()
    }

    #[test]
    fn lines_are_taken_or_refused_as_ccusage_does() {
        let entry = read(LINE).expect("taken");
        assert_eq!(
            entry.tokens.cache_creation, 3,
            "the split counts, not the total"
        );
        assert_eq!(
            refused("\"usage\":{", "\"usage\": {"),
            Some(Refusal::Spelling)
        );
        assert_eq!(
            refused("\"requestId\":\"r\"", "\"requestId\":null"),
            Some(Refusal::Null)
        );
        assert_eq!(
            refused("\"model\"", "\"x\":{\"id\":null},\"model\""),
            Some(Refusal::Null)
        );
        assert_eq!(refused("\"requestId\":\"r\"", "\"stop_reason\":null"), None);
        assert_eq!(
            refused("\"input_tokens\":1", "\"input_tokens\":1.5"),
            Some(Refusal::Shape)
        );
        assert_eq!(
            refused("\"requestId\":\"r\"", "\"requestId\":\"\""),
            Some(Refusal::Shape)
        );
        assert_eq!(refused("2.1.100", "2.1"), Some(Refusal::Shape));
        assert_eq!(refused(".678Z", ".678123Z"), Some(Refusal::Time));
        assert_eq!(refused(".678Z", "+01:00"), None);
    }

    #[test]
    fn advisors_count_where_every_iteration_has_its_tokens() {
        let with = |first: &str| {
            let text = format!(
                r#""output_tokens":2,"iterations":[{first},{{"type":"advisor_message","model":"claude-opus-5","input_tokens":7,"output_tokens":1}}],"#
            );
            let entry = read(&LINE.replace("\"output_tokens\":2,", &text)).expect("taken");
            entry.advisors.len()
        };
        assert_eq!(
            with(r#"{"type":"message","input_tokens":1,"output_tokens":1}"#),
            1
        );
        assert_eq!(with(r#"{"type":"message","input_tokens":1}"#), 0);
    }
}
