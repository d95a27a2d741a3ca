//! `modules`: what of Python's library templates may use.

use std::sync::Arc;

use jiff::civil;
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Object, ObjectRepr, Rest, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::Scope;
use super::fault::fault;
use crate::transform::value::dates::{
    self, DateTime, date_value, datetime_value, day, time_of_day, utc_zone, zone, zone_of,
};
use crate::transform::value::instant::Instant;
use crate::transform::value::patterns::Re;
use crate::transform::value::sequences::itertools;
use crate::transform::value::span::timedelta;

/// A module or class by name.
#[derive(Debug)]
pub(super) struct Module {
    path: &'static str,
    scope: Arc<Scope>,
}

impl Module {
    /// `modules`.
    pub(super) fn all(scope: &Arc<Scope>) -> Value {
        Self::at("modules", scope)
    }

    fn at(path: &'static str, scope: &Arc<Scope>) -> Value {
        Value::from_object(Self {
            path,
            scope: Arc::clone(scope),
        })
    }

    /// Now; fixed where equal definitions must render equally.
    fn now(&self) -> jiff::Zoned {
        let at = if self.scope.mode.fixed {
            self.scope.started()
        } else {
            crate::sys::clock::now()
        };
        at.to_zoned(TimeZone::UTC)
    }

    fn datetime(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        let now = self.now();
        Ok(datetime_value(match method {
            "now" => {
                let (in_zone, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
                let in_zone = in_zone.or(kwargs.get("tz")?);
                match in_zone.as_ref().and_then(zone_of) {
                    Some(zone) => DateTime::Aware(now.with_time_zone(zone).into()),
                    None => DateTime::Naive(now.datetime()),
                }
            }
            "utcnow" | "today" => DateTime::Naive(now.datetime()),
            "strptime" => {
                let (text, pattern): (&str, &str) = from_args(args)?;
                dates::parse(text, pattern)?
            }
            "fromisoformat" => {
                let (text,): (&str,) = from_args(args)?;
                dates::parse_iso(text)?
            }
            "fromtimestamp" | "utcfromtimestamp" => {
                let (seconds,): (f64,) = from_args(args)?;
                let span = jiff::SignedDuration::try_from_secs_f64(seconds);
                let at = span.and_then(jiff::Timestamp::from_duration);
                let at =
                    at.map_err(|error| fault(format!("the date is out of range: {error}"), ""))?;
                DateTime::Naive(at.to_zoned(TimeZone::UTC).datetime())
            }
            "combine" => {
                let (date, time): (Value, Option<Value>) = from_args(args)?;
                let date = date.downcast_object_ref::<dates::Date>().map(|date| date.0);
                let date = date.ok_or_else(|| fault("`combine` needs a date", ""))?;
                let time = time.map_or(Ok(civil::Time::midnight()), |time| {
                    time.to_string()
                        .parse()
                        .map_err(|_| fault(format!("`{time}` is no time"), ""))
                })?;
                DateTime::Naive(date.to_datetime(time))
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }))
    }

    fn date(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "today" => Ok(date_value(self.now().date())),
            "fromisoformat" => {
                let (text,): (&str,) = from_args(args)?;
                let date = text.parse::<civil::Date>();
                date.map(date_value)
                    .map_err(|_| fault(format!("`{text}` is not an ISO date"), ""))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl Object for Module {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let inner = |path| Some(Self::at(path, &self.scope));
        match (self.path, key.as_str()?) {
            ("modules", "datetime") => inner("datetime"),
            ("modules", "pytz") => inner("pytz"),
            ("modules", "itertools") => inner("itertools"),
            ("modules", "re") => Some(Value::from_object(Re)),
            ("datetime", "datetime") => inner("datetime.datetime"),
            ("datetime", "date") => inner("datetime.date"),
            ("datetime", "timedelta") => inner("datetime.timedelta"),
            ("datetime", "timezone") => inner("datetime.timezone"),
            ("pytz", "utc" | "UTC") | ("datetime.timezone", "utc") => Some(utc_zone()),
            _ => None,
        }
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        match self.path {
            "datetime.timedelta" => timedelta(args),
            "datetime.date" => {
                let (year, month, of_month): (i64, i64, i64) = from_args(args)?;
                Ok(date_value(day(year, month, of_month)?))
            }
            "datetime.datetime" => {
                let (numbers, kwargs): (Rest<i64>, Kwargs) = from_args(args)?;
                let names = [
                    "year",
                    "month",
                    "day",
                    "hour",
                    "minute",
                    "second",
                    "microsecond",
                ];
                let mut parts = [0_i64; 7];
                for (at, (name, part)) in names.iter().zip(parts.iter_mut()).enumerate() {
                    let named: Option<i64> = kwargs.get(name)?;
                    *part = numbers.get(at).copied().or(named).unwrap_or(0);
                }
                let [year, month, of_month, rest @ ..] = parts;
                let at = day(year, month, of_month)?.to_datetime(time_of_day(rest)?);
                let in_zone: Option<Value> = kwargs.get("tzinfo")?;
                let at = match in_zone.as_ref().and_then(zone_of) {
                    Some(zone) => DateTime::Aware(Instant::local(at, zone)),
                    None => DateTime::Naive(at),
                };
                Ok(datetime_value(at))
            }
            other => Err(fault(format!("`{other}` is not a function"), "")),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let result = match self.path {
            "datetime.datetime" => self.datetime(method, args),
            "datetime.date" => self.date(method, args),
            "pytz" if method == "timezone" => {
                let (name,): (&str,) = from_args(args)?;
                zone(name)
            }
            "itertools" => itertools(method, args),
            _ => match self.get_value(&Value::from(method)) {
                Some(inner) => inner.call(state, args),
                None => Err(Error::from(ErrorKind::UnknownMethod)),
            },
        };
        result.map_err(|error| match error.kind() {
            ErrorKind::UnknownMethod => {
                fault(format!("`{}` has no `{method}` here", self.path), "")
            }
            _ => error,
        })
    }
}
