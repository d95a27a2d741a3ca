//! Lengths of time, and what dates have to do with them.

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use minijinja::value::{Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::dates::{Date, DateTime, date_value};
use crate::transform::context::fault::fault;

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(in crate::transform) struct Span(SignedDuration);

const SECONDS_A_DAY: i64 = 86_400;

/// `timedelta(days, seconds, microseconds, milliseconds, minutes, hours, weeks)`.
pub(in crate::transform) fn timedelta(args: &[Value]) -> Result<Value, Error> {
    let (days, seconds, micros, kwargs): (Option<f64>, Option<f64>, Option<f64>, Kwargs) =
        from_args(args)?;
    let mut total =
        days.unwrap_or(0.0) * 86_400.0 + seconds.unwrap_or(0.0) + micros.unwrap_or(0.0) / 1e6;
    for (name, length) in [
        ("days", 86_400.0),
        ("seconds", 1.0),
        ("microseconds", 1e-6),
        ("milliseconds", 1e-3),
        ("minutes", 60.0),
        ("hours", 3600.0),
        ("weeks", 604_800.0),
    ] {
        total += kwargs.get::<Option<f64>>(name)?.unwrap_or(0.0) * length;
    }
    kwargs.assert_all_used()?;
    SignedDuration::try_from_secs_f64((total * 1e6).round() / 1e6)
        .map(|span| Value::from_object(Span(span)))
        .map_err(|error| fault(format!("the length of time is out of range: {error}"), ""))
}

fn span_of(value: &Value) -> Option<SignedDuration> {
    value.downcast_object_ref::<Span>().map(|span| span.0)
}

/// `left + right`, if one of them is a date or a span.
pub(super) fn add(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    let (at, span) = match (span_of(left), span_of(right)) {
        (Some(left), Some(right)) => return Some(Ok(Value::from_object(Span(left + right)))),
        (None, Some(span)) => (left, span),
        (Some(span), None) => (right, span),
        (None, None) => return None,
    };
    moved(at, span)
}

fn moved(at: &Value, span: SignedDuration) -> Option<Result<Value, Error>> {
    if let Some(at) = at.downcast_object_ref::<DateTime>() {
        return Some(at.plus(span).map(Value::from_object));
    }
    let date = at.downcast_object_ref::<Date>()?;
    let days = span.as_secs().div_euclid(SECONDS_A_DAY);
    let moved = date
        .0
        .checked_add(SignedDuration::from_secs(days * SECONDS_A_DAY));
    let moved = moved.map_err(|error| fault(format!("the date is out of range: {error}"), ""));
    Some(moved.map(date_value))
}

/// `left - right`, if they are dates or spans.
pub(super) fn subtract(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    if let Some(span) = span_of(right) {
        return match span_of(left) {
            Some(left) => Some(Ok(Value::from_object(Span(left - span)))),
            None => moved(left, -span),
        };
    }
    if let (Some(left), Some(right)) = (
        left.downcast_object_ref::<DateTime>(),
        right.downcast_object_ref::<DateTime>(),
    ) {
        let span = match (left, right) {
            (DateTime::Aware(left), DateTime::Aware(right)) => left.since(right),
            _ => left.civil().duration_since(right.civil()),
        };
        return Some(Ok(Value::from_object(Span(span))));
    }
    let left = left.downcast_object_ref::<Date>()?;
    let right = right.downcast_object_ref::<Date>()?;
    Some(Ok(Value::from_object(Span(left.0.duration_since(right.0)))))
}

/// A span times a number.
pub(super) fn multiply(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    let (span, factor) = match (span_of(left), span_of(right)) {
        (Some(span), None) => (span, right),
        (None, Some(span)) => (span, left),
        _ => return None,
    };
    let factor = f64::try_from(factor.clone()).ok()?;
    let product = SignedDuration::try_from_secs_f64(span.as_secs_f64() * factor);
    Some(
        product
            .map(|span| Value::from_object(Span(span)))
            .map_err(|error| fault(format!("the length of time is out of range: {error}"), "")),
    )
}

impl Object for Span {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let seconds = self.0.as_secs() - i64::from(self.0.subsec_nanos() < 0);
        Some(match key.as_str()? {
            "days" => Value::from(seconds.div_euclid(SECONDS_A_DAY)),
            "seconds" => Value::from(seconds.rem_euclid(SECONDS_A_DAY)),
            "microseconds" => Value::from(self.0.subsec_micros().rem_euclid(1_000_000)),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "total_seconds" => Ok(Value::from(self.0.as_secs_f64())),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
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
        let seconds = self.0.as_secs();
        let days = seconds.div_euclid(SECONDS_A_DAY);
        let rest = seconds.rem_euclid(SECONDS_A_DAY);
        match days {
            0 => {}
            1 | -1 => write!(f, "{days} day, ")?,
            _ => write!(f, "{days} days, ")?,
        }
        write!(f, "{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
    }
}
