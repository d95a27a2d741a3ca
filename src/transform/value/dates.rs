//! `modules.datetime` and `modules.pytz`: dates, instants and zones.

use std::fmt;
use std::sync::Arc;

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use minijinja::value::{Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::instant::Instant;
use crate::transform::context::fault::fault;

/// A date with a time of day, in a zone or in none.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(in crate::transform) enum DateTime {
    Naive(civil::DateTime),
    Aware(Instant),
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(in crate::transform) struct Date(pub civil::Date);

/// A time zone.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Zone(TimeZone);

impl DateTime {
    /// An instant in UTC.
    pub(crate) fn utc(at: Timestamp) -> Value {
        Value::from_object(Self::Aware(at.to_zoned(TimeZone::UTC).into()))
    }

    pub(super) fn civil(&self) -> civil::DateTime {
        match self {
            Self::Naive(at) => *at,
            Self::Aware(at) => at.datetime(),
        }
    }

    fn offset(&self) -> String {
        match self {
            Self::Naive(_) => String::new(),
            Self::Aware(at) => {
                let seconds = at.offset().seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }

    fn iso(&self, separator: char) -> String {
        let at = self.civil();
        let micros = at.subsec_nanosecond() / 1000;
        let fraction = if micros == 0 {
            String::new()
        } else {
            format!(".{micros:06}")
        };
        let (date, time) = (at.date(), at.time());
        format!(
            "{date}{separator}{:02}:{:02}:{:02}{fraction}{}",
            time.hour(),
            time.minute(),
            time.second(),
            self.offset()
        )
    }

    pub(super) fn plus(&self, span: SignedDuration) -> Result<Self, Error> {
        match self {
            Self::Naive(at) => at.checked_add(span).map(Self::Naive),
            // Python moves the hands of the clock.
            Self::Aware(at) => at
                .datetime()
                .checked_add(span)
                .map(|moved| Self::Aware(Instant::local(moved, at.zone().clone()))),
        }
        .map_err(|error| fault(format!("the date is out of range: {error}"), ""))
    }

    fn in_zone(&self, zone: &TimeZone) -> Self {
        Self::Aware(match self {
            Self::Aware(at) => at.in_zone(zone.clone()),
            Self::Naive(at) => Instant::local(*at, zone.clone()),
        })
    }

    fn replace(&self, kwargs: &Kwargs) -> Result<Self, Error> {
        let at = self.civil();
        let get = |name: &str| kwargs.get::<Option<i64>>(name);
        let part = |name: &str, now: i64| -> Result<i64, Error> { Ok(get(name)?.unwrap_or(now)) };
        let date = day(
            part("year", at.year().into())?,
            part("month", at.month().into())?,
            part("day", at.day().into())?,
        )?;
        let micros = i64::from(at.subsec_nanosecond() / 1000);
        let time = time_of_day([
            part("hour", at.hour().into())?,
            part("minute", at.minute().into())?,
            part("second", at.second().into())?,
            part("microsecond", micros)?,
        ])?;
        let replaced = Self::Naive(date.to_datetime(time));
        if kwargs.has("tzinfo") {
            let zone: Value = kwargs.get("tzinfo")?;
            return Ok(match zone.downcast_object_ref::<Zone>() {
                Some(zone) => replaced.in_zone(&zone.0),
                None => replaced,
            });
        }
        Ok(match self {
            Self::Naive(_) => replaced,
            Self::Aware(at) => replaced.in_zone(at.zone()),
        })
    }
}

/// A day, if there is one.
pub(in crate::transform) fn day(year: i64, month: i64, day: i64) -> Result<civil::Date, Error> {
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let made = match parts {
        (Ok(year), Ok(month), Ok(day)) => civil::Date::new(year, month, day).ok(),
        _ => None,
    };
    made.ok_or_else(|| fault(format!("there is no day {year}-{month}-{day}"), ""))
}

/// A time of day from hour, minute, second and microsecond.
pub(in crate::transform) fn time_of_day(parts: [i64; 4]) -> Result<civil::Time, Error> {
    let [hour, minute, second, micros] = parts;
    let made = match (
        i8::try_from(hour),
        i8::try_from(minute),
        i8::try_from(second),
    ) {
        (Ok(hour), Ok(minute), Ok(second)) => i32::try_from(micros).ok().and_then(|micros| {
            civil::Time::new(hour, minute, second, micros.checked_mul(1000)?).ok()
        }),
        _ => None,
    };
    made.ok_or_else(|| fault(format!("there is no time {hour}:{minute}:{second}"), ""))
}

/// A date written by a pattern; Python's `%f` has six digits.
fn format(at: &DateTime, pattern: &str) -> Result<String, Error> {
    let pattern = pattern.replace("%f", "%6f");
    let zoned = match at {
        DateTime::Aware(at) => at.to_zoned(),
        DateTime::Naive(_) => None,
    };
    let Some(zoned) = zoned else {
        // A naive date has neither offset nor zone to show.
        let plain = pattern.replace("%z", "").replace("%Z", "");
        return jiff::fmt::strtime::format(&plain, at.civil())
            .map_err(|error| bad_pattern(&plain, &error));
    };
    jiff::fmt::strtime::format(&pattern, &zoned).map_err(|error| bad_pattern(&pattern, &error))
}

fn bad_pattern(pattern: &str, error: &jiff::Error) -> Error {
    fault(
        format!("`{pattern}` is not a date format: {error}"),
        "Use letters such as `%Y-%m-%d %H:%M:%S`.",
    )
}

/// Reads a date as `strptime` does.
pub(in crate::transform) fn parse(text: &str, pattern: &str) -> Result<DateTime, Error> {
    let wrong = |error: &jiff::Error| {
        fault(
            format!("`{text}` is not written as `{pattern}`: {error}"),
            "",
        )
    };
    let parsed = jiff::fmt::strtime::parse(pattern, text).map_err(|error| wrong(&error))?;
    if let Ok(zoned) = parsed.to_zoned() {
        return Ok(DateTime::Aware(zoned.into()));
    }
    let date = parsed.to_date().map_err(|error| wrong(&error))?;
    let time = parsed.to_time().unwrap_or(civil::Time::midnight());
    Ok(DateTime::Naive(date.to_datetime(time)))
}

/// Reads an ISO date.
pub(in crate::transform) fn parse_iso(text: &str) -> Result<DateTime, Error> {
    let wrong = || {
        fault(
            format!("`{text}` is not an ISO date"),
            "Write `2026-01-31T10:00:00`.",
        )
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        let zone = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", text)
            .ok()
            .and_then(|parsed| parsed.to_zoned().ok());
        return Ok(DateTime::Aware(
            zone.unwrap_or_else(|| at.to_zoned(TimeZone::UTC)).into(),
        ));
    }
    text.parse::<civil::DateTime>()
        .map(DateTime::Naive)
        .map_err(|_| wrong())
}

pub(in crate::transform) fn date_value(date: civil::Date) -> Value {
    Value::from_object(Date(date))
}

pub(in crate::transform) fn datetime_value(at: DateTime) -> Value {
    Value::from_object(at)
}

/// A zone by name.
pub(in crate::transform) fn zone(name: &str) -> Result<Value, Error> {
    TimeZone::get(name)
        .map(|zone| Value::from_object(Zone(zone)))
        .map_err(|_| {
            fault(
                format!("there is no time zone `{name}`"),
                "Use an IANA name such as `Europe/Berlin`.",
            )
        })
}

/// UTC.
pub(in crate::transform) fn utc_zone() -> Value {
    Value::from_object(Zone(TimeZone::UTC))
}

/// The zone in a value, if it is one.
pub(in crate::transform) fn zone_of(value: &Value) -> Option<TimeZone> {
    value
        .downcast_object_ref::<Zone>()
        .map(|zone| zone.0.clone())
}

impl Object for DateTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = self.civil();
        Some(match key.as_str()? {
            "year" => Value::from(at.year()),
            "month" => Value::from(at.month()),
            "day" => Value::from(at.day()),
            "hour" => Value::from(at.hour()),
            "minute" => Value::from(at.minute()),
            "second" => Value::from(at.second()),
            "microsecond" => Value::from(at.subsec_nanosecond() / 1000),
            "tzinfo" => match &**self {
                Self::Aware(at) => Value::from_object(Zone(at.zone().clone())),
                Self::Naive(_) => Value::from(()),
            },
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let at = self.civil();
        Ok(match method {
            "strftime" => {
                let (pattern,): (&str,) = from_args(args)?;
                Value::from(format(self, pattern)?)
            }
            "isoformat" => {
                let (separator,): (Option<char>,) = from_args(args)?;
                Value::from(self.iso(separator.unwrap_or('T')))
            }
            "date" => date_value(at.date()),
            "time" => Value::from(at.time().to_string()),
            "timestamp" => Value::from(match &**self {
                Self::Aware(at) => at.seconds(),
                Self::Naive(at) => Instant::local(*at, TimeZone::UTC).seconds(),
            }),
            "weekday" => Value::from(at.weekday().to_monday_zero_offset()),
            "isoweekday" => Value::from(at.weekday().to_monday_one_offset()),
            "replace" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                Value::from_object(self.replace(&kwargs)?)
            }
            "astimezone" => {
                let (zone,): (Option<Value>,) = from_args(args)?;
                let zone = zone.as_ref().and_then(zone_of).unwrap_or(TimeZone::UTC);
                Value::from_object(self.in_zone(&zone))
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn custom_cmp(
        self: &Arc<Self>,
        other: &minijinja::value::DynObject,
    ) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        match (&**self, other) {
            (Self::Aware(left), Self::Aware(right)) => left.partial_cmp(right),
            (left, right) => Some(left.civil().cmp(&right.civil())),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso(' '))
    }
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let at = DateTime::Naive(self.0.to_datetime(civil::Time::midnight()));
        Ok(match method {
            "strftime" => {
                let (pattern,): (&str,) = from_args(args)?;
                Value::from(format(&at, pattern)?)
            }
            "isoformat" => Value::from(self.0.to_string()),
            "weekday" => Value::from(self.0.weekday().to_monday_zero_offset()),
            "isoweekday" => Value::from(self.0.weekday().to_monday_one_offset()),
            "replace" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                date_value(at.replace(&kwargs)?.civil().date())
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn custom_cmp(
        self: &Arc<Self>,
        other: &minijinja::value::DynObject,
    ) -> Option<std::cmp::Ordering> {
        other
            .downcast_ref::<Self>()
            .map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "localize" => {
                let (at, _kwargs): (Value, Kwargs) = from_args(args)?;
                let at = at
                    .downcast_object_ref::<DateTime>()
                    .ok_or_else(|| fault("`localize` needs a date with a time", ""))?;
                Ok(Value::from_object(at.in_zone(&self.0)))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}
