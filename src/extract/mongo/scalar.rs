//! BSON scalars read into a column's type, whatever their own type is.
//!
//! A value of a surprising type becomes its text form or null; it never costs the document.

use std::borrow::Cow;

use bson::RawBsonRef;
use jiff::civil;

use super::json::plain_text;
use crate::entry::derive;

/// Text; numbers, booleans, dates and identifiers in their text form.
pub(super) fn text<'a>(value: &RawBsonRef<'a>) -> Option<Cow<'a, str>> {
    match *value {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => Some(Cow::Borrowed(text)),
        _ => plain_text(value).map(Cow::Owned),
    }
}

/// A whole number; fractions are rounded, numeric text is read.
pub(super) fn long(value: &RawBsonRef<'_>) -> Option<i64> {
    match *value {
        RawBsonRef::Int32(number) => Some(i64::from(number)),
        RawBsonRef::Int64(number) => Some(number),
        RawBsonRef::Double(number) => derive::whole(number),
        RawBsonRef::String(text) => derive::whole_text(text),
        RawBsonRef::Decimal128(decimal) => derive::whole_text(&decimal.to_string()),
        _ => None,
    }
}

/// A number; numeric text is read.
#[expect(clippy::cast_precision_loss, reason = "the column is a double")]
pub(super) fn double(value: &RawBsonRef<'_>) -> Option<f64> {
    let number = match *value {
        RawBsonRef::Int32(number) => f64::from(number),
        RawBsonRef::Int64(number) => number as f64,
        RawBsonRef::Double(number) => number,
        RawBsonRef::String(text) => text.trim().parse().ok()?,
        RawBsonRef::Decimal128(decimal) => decimal.to_string().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A truth value; `"true"` and `"false"` are read.
pub(super) fn truth(value: &RawBsonRef<'_>) -> Option<bool> {
    match *value {
        RawBsonRef::Boolean(truth) => Some(truth),
        RawBsonRef::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Microseconds since the epoch: of a date, an ISO 8601 text (without offset it is UTC), the time
/// inside an ObjectId or a timestamp, or a number of seconds, milliseconds or microseconds since
/// the epoch (told apart by their size, see [`EPOCH_BOUNDS`]).
pub(super) fn instant(value: &RawBsonRef<'_>) -> Option<i64> {
    match *value {
        RawBsonRef::DateTime(date) => date.timestamp_millis().checked_mul(1000),
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => {
            derive::instant(text).or_else(|| naive_instant(text))
        }
        RawBsonRef::ObjectId(id) => id.timestamp().timestamp_millis().checked_mul(1000),
        RawBsonRef::Timestamp(stamp) => Some(i64::from(stamp.time) * 1_000_000),
        _ => {
            let number = long(value)?;
            number.checked_mul(unit(number)?)
        }
    }
}

/// Where numbers become seconds since the epoch (year 2001), milliseconds (1973; as seconds it would
/// be 5138), microseconds (likewise), and too large for a time.
pub(super) const EPOCH_BOUNDS: [i64; 4] = [
    1_000_000_000,
    100_000_000_000,
    100_000_000_000_000,
    100_000_000_000_000_000,
];

/// Microseconds in one unit of an epoch number of this size; `None` for numbers that are no time.
fn unit(number: i64) -> Option<i64> {
    let [seconds, millis, micros, large] = EPOCH_BOUNDS;
    let size = |from: i64, to: i64| (from..to).contains(&number);
    if size(seconds, millis) {
        Some(1_000_000)
    } else if size(millis, micros) {
        Some(1000)
    } else {
        size(micros, large).then_some(1)
    }
}

/// The instant a text tells when its own offset, if any, is ignored.
pub(super) fn naive_instant(text: &str) -> Option<i64> {
    let head = text.get(..19).unwrap_or(text);
    let civil: civil::DateTime = head.parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, RawBson};

    fn of(value: impl Into<Bson>) -> RawBson {
        RawBson::try_from(value.into()).expect("BSON")
    }

    #[test]
    fn surprising_types_become_text_or_null() {
        assert_eq!(text(&of(5).as_raw_bson_ref()).as_deref(), Some("5"));
        assert_eq!(text(&of(true).as_raw_bson_ref()).as_deref(), Some("true"));
        assert_eq!(text(&of(Bson::Null).as_raw_bson_ref()), None);
        assert_eq!(text(&of(bson::doc! {}).as_raw_bson_ref()), None);
        assert_eq!(long(&of("12").as_raw_bson_ref()), Some(12));
        assert_eq!(long(&of(12.6).as_raw_bson_ref()), Some(13));
        assert_eq!(long(&of("a dozen").as_raw_bson_ref()), None);
        assert_eq!(double(&of("0.5").as_raw_bson_ref()), Some(0.5));
        assert_eq!(double(&of(f64::NAN).as_raw_bson_ref()), None);
        assert_eq!(truth(&of("false").as_raw_bson_ref()), Some(false));
        assert_eq!(truth(&of(1).as_raw_bson_ref()), None);
    }

    #[test]
    fn instants_of_all_types() {
        let micros = 1_786_380_941_385_000;
        for (value, expected) in [
            (
                of(bson::DateTime::from_millis(1_786_380_941_385)),
                Some(micros),
            ),
            (of("2026-08-10T16:55:41.385Z"), Some(micros)),
            (of("2026-08-10 16:55:41"), Some(micros - 385_000)),
            (of("2026-08-10"), Some(1_786_320_000_000_000)),
            (of(1_786_380_941_385_i64), Some(micros)),
            (of(1_786_380_941_385.0), Some(micros)),
            (of(1_786_380_941_i64), Some(micros - 385_000)),
            (of(1_786_380_941_385_000_i64), Some(micros)),
            (of(17), None),
            (of("monday"), None),
            (of(true), None),
        ] {
            assert_eq!(instant(&value.as_raw_bson_ref()), expected, "{value:?}");
        }
    }
}
