//! Settings of models that are built one period of time after the other.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::{ConfigPatch, Refusal};

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum BatchSize {
    Hour,
    Day,
    Month,
    Year,
}

impl BatchSize {
    pub(in crate::transform) const ALL: [(&'static str, Self); 4] = [
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("month", Self::Month),
        ("year", Self::Year),
    ];
}

/// How a model is cut into periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Microbatch {
    /// The column that says when a row happened.
    pub event_time: String,
    pub size: BatchSize,
    /// First instant of the first period; needed for a first build.
    pub begin: Option<Timestamp>,
    /// Periods before the current one that are built again.
    pub lookback: i64,
}

impl Microbatch {
    /// Reads the settings of strategy `microbatch`.
    pub(super) fn resolve(patch: &ConfigPatch) -> Result<Self, Refusal> {
        let text = |key: &str| patch.get(key).and_then(Json::as_str).map(str::to_owned);
        let needed = |key: &str, example: &str| Refusal {
            cause: format!("strategy `microbatch` needs `{key}`"),
            hint: format!("Add `{key}='{example}'` to `config(…)`."),
        };
        if patch.get("unique_key").is_some_and(|key| !key.is_null()) {
            return Err(Refusal {
                cause: "strategy `microbatch` replaces whole periods and takes no `unique_key`"
                    .to_owned(),
                hint: "Remove `unique_key`, or use `incremental_strategy='merge'`.".to_owned(),
            });
        }
        let size = super::choice(patch, "batch_size", &BatchSize::ALL)
            .ok_or_else(|| needed("batch_size", "day"))?;
        let begin = text("begin")
            .map(|given| {
                instant(&given).ok_or_else(|| Refusal {
                    cause: format!("config key `begin` is `{given}`, not a date or a time"),
                    hint: "Write it as `2025-01-31` or `2025-01-31T12:00:00`.".to_owned(),
                })
            })
            .transpose()?;
        Ok(Self {
            event_time: text("event_time").ok_or_else(|| needed("event_time", "created_at"))?,
            size,
            begin,
            lookback: patch
                .get("lookback")
                .and_then(Json::as_i64)
                .unwrap_or(1)
                .max(0),
        })
    }
}

/// A date, a time without zone (UTC), or an instant.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil = match text.parse::<Date>() {
        Ok(date) if text.len() == 10 => date.to_datetime(Time::midnight()),
        _ => text.parse::<DateTime>().ok()?,
    };
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
