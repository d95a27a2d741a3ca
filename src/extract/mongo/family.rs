//! Families of mark values: comparisons of MongoDB never cross them.
//!
//! `{ingestedAt: {$gte: <date>}}` finds dates only, never texts; and among numbers, a mark in
//! milliseconds would hide all seconds. Each family therefore has its own mark and its own query.

use std::cmp::Ordering;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, RawBson, RawBsonRef, doc};

use super::scalar;

const SECOND: i64 = 1_000_000;
/// Texts from here...
const FIRST_TEXT: &str = "19";
/// ...to here may be dates.
const AFTER_TEXTS: &str = "21";

/// Values that MongoDB compares with each other and that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// No mark field, or null in it; ordered by an ObjectId `_id`.
    Missing,
    /// Numbers too small to be a time.
    Counter,
    /// Seconds since the epoch.
    Seconds,
    /// Milliseconds since the epoch.
    Millis,
    /// Microseconds since the epoch.
    Micros,
    /// Numbers too large to be a time.
    Large,
    /// ISO 8601 texts of the years 1900 to 2099. Other texts have no order that arrival follows.
    Text,
    /// ObjectIds in the mark field.
    ObjectId,
    /// BSON dates.
    Date,
    /// BSON timestamps.
    Timestamp,
}

impl Family {
    /// All of them, in the order they are read.
    pub(super) const ALL: [Family; 10] = [
        Family::Missing,
        Family::Counter,
        Family::Seconds,
        Family::Millis,
        Family::Micros,
        Family::Large,
        Family::Text,
        Family::ObjectId,
        Family::Date,
        Family::Timestamp,
    ];

    /// The name in the stored mark.
    pub(super) fn name(self) -> &'static str {
        match self {
            Family::Missing => "missing",
            Family::Counter => "counter",
            Family::Seconds => "seconds",
            Family::Millis => "milliseconds",
            Family::Micros => "microseconds",
            Family::Large => "large",
            Family::Text => "string",
            Family::ObjectId => "objectId",
            Family::Date => "date",
            Family::Timestamp => "timestamp",
        }
    }

    /// The families a document can be of, by what `$type` says about its mark and its `_id`.
    pub(super) fn of_types(mark: &str, id: &str) -> &'static [Self] {
        match mark {
            "int" | "long" | "double" | "decimal" => &[
                Family::Counter,
                Family::Seconds,
                Family::Millis,
                Family::Micros,
                Family::Large,
            ],
            "string" | "symbol" => &[Family::Text],
            "objectId" => &[Family::ObjectId],
            "date" => &[Family::Date],
            "timestamp" => &[Family::Timestamp],
            "missing" | "null" if id == "objectId" => &[Family::Missing],
            _ => &[],
        }
    }

    /// Whether a value of the ordering field belongs here. Lists do not, though queries find them
    /// by their elements, and neither do numbers without end, which no later number could pass.
    pub(super) fn holds(self, value: &RawBsonRef<'_>) -> bool {
        match value {
            RawBsonRef::Double(number) => self.is_number() && number.is_finite(),
            RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Decimal128(_) => {
                self.is_number()
            }
            RawBsonRef::String(_) | RawBsonRef::Symbol(_) => self == Family::Text,
            RawBsonRef::ObjectId(_) => matches!(self, Family::ObjectId | Family::Missing),
            RawBsonRef::DateTime(_) => self == Family::Date,
            RawBsonRef::Timestamp(_) => self == Family::Timestamp,
            _ => false,
        }
    }

    fn is_number(self) -> bool {
        self.unit().is_some() || matches!(self, Family::Counter | Family::Large)
    }

    /// Microseconds in one unit of these numbers.
    fn unit(self) -> Option<i64> {
        match self {
            Family::Seconds => Some(SECOND),
            Family::Millis => Some(1000),
            Family::Micros => Some(1),
            _ => None,
        }
    }

    /// A value not greater than any other, and one that all are less than.
    fn bounds(self) -> (RawBson, Option<RawBson>) {
        let text = |text: &str| RawBson::String(text.to_owned());
        let [seconds, millis, micros, large] = scalar::EPOCH_BOUNDS.map(RawBson::Int64);
        match self {
            Family::Counter => (RawBson::Double(f64::MIN), Some(seconds)),
            Family::Seconds => (seconds, Some(millis)),
            Family::Millis => (millis, Some(micros)),
            Family::Micros => (micros, Some(large)),
            Family::Large => (large, None),
            Family::Text => (text(FIRST_TEXT), Some(text(AFTER_TEXTS))),
            Family::ObjectId | Family::Missing => {
                (RawBson::ObjectId(ObjectId::from_bytes([0; 12])), None)
            }
            Family::Date => (RawBson::DateTime(DateTime::MIN), None),
            Family::Timestamp => (
                RawBson::Timestamp(bson::Timestamp {
                    time: 0,
                    increment: 0,
                }),
                None,
            ),
        }
    }

    /// A value not greater than any other.
    pub(super) fn least(self) -> RawBson {
        self.bounds().0
    }

    /// The query for the documents of no family; `lists` to look for lists too.
    pub(super) fn rest_filter(mark_field: &str, lists: bool) -> Document {
        let mut types = vec![
            "object",
            "binData",
            "undefined",
            "bool",
            "regex",
            "dbPointer",
            "javascript",
            "javascriptWithScope",
            "minKey",
            "maxKey",
        ];
        if lists {
            types.push("array");
        }
        let endless = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        doc! { "$or": [
            { mark_field: { "$type": types } },
            { mark_field: { "$in": endless.to_vec() } },
            { mark_field: { "$gte": "", "$lt": FIRST_TEXT } },
            { mark_field: { "$gte": AFTER_TEXTS } },
            { mark_field: Bson::Null, "_id": { "$not": { "$type": "objectId" } } },
        ] }
    }

    /// The query for documents from `value` on (beyond it, if `exclusive`).
    pub(super) fn filter(self, mark_field: &str, value: &RawBson, exclusive: bool) -> Document {
        let operator = if exclusive { "$gt" } else { "$gte" };
        let mut range = doc! { operator: plain(value) };
        if let (_, Some(end)) = self.bounds() {
            range.insert("$lt", plain(&end));
        }
        match self {
            Family::Missing => doc! { mark_field: Bson::Null, "_id": range },
            _ => doc! { mark_field: range },
        }
    }

    /// The field that orders this family.
    pub(super) fn order_field(self, mark_field: &str) -> &str {
        match self {
            Family::Missing => "_id",
            _ => mark_field,
        }
    }

    /// The value at `micros`, not later, in the notation of `like`; `like` itself where values tell
    /// no time.
    pub(super) fn value_at(self, micros: i64, like: &RawBson) -> RawBson {
        let seconds = micros.div_euclid(SECOND);
        match self {
            Family::Date => RawBson::DateTime(DateTime::from_millis(micros.div_euclid(1000))),
            Family::ObjectId | Family::Missing => {
                RawBson::ObjectId(ObjectId::from_parts(epoch_u32(seconds), [0; 5], [0; 3]))
            }
            Family::Timestamp => RawBson::Timestamp(bson::Timestamp {
                time: epoch_u32(seconds),
                increment: 0,
            }),
            Family::Seconds | Family::Millis | Family::Micros => {
                RawBson::Int64(micros.div_euclid(self.unit().unwrap_or(1)))
            }
            Family::Counter | Family::Large => like.clone(),
            Family::Text => RawBson::String(text_at(micros, like.as_str().unwrap_or_default())),
        }
    }

    /// Where reading begins so that everything `lookback` before `value` is read again; `value`
    /// itself where it tells no time.
    pub(super) fn before(self, value: &RawBson, lookback: i64) -> RawBson {
        match scalar::instant(&value.as_raw_bson_ref()) {
            Some(instant) => self.value_at(instant.saturating_sub(lookback), value),
            None => value.clone(),
        }
    }

    /// Order of two values of this family, as MongoDB has it.
    pub(super) fn compare(self, left: &RawBsonRef<'_>, right: &RawBsonRef<'_>) -> Ordering {
        match (*left, *right) {
            (RawBsonRef::DateTime(left), RawBsonRef::DateTime(right)) => left.cmp(&right),
            (RawBsonRef::ObjectId(left), RawBsonRef::ObjectId(right)) => left.cmp(&right),
            (RawBsonRef::Timestamp(left), RawBsonRef::Timestamp(right)) => {
                (left.time, left.increment).cmp(&(right.time, right.increment))
            }
            (RawBsonRef::Int32(left), RawBsonRef::Int32(right)) => left.cmp(&right),
            (RawBsonRef::Int64(left), RawBsonRef::Int64(right)) => left.cmp(&right),
            _ => match (scalar::text(left), scalar::text(right)) {
                (Some(left), Some(right)) if self == Family::Text => left.cmp(&right),
                _ => number(left).total_cmp(&number(right)),
            },
        }
    }
}

fn number(value: &RawBsonRef<'_>) -> f64 {
    match *value {
        RawBsonRef::Double(number) => number,
        _ => scalar::double(value).unwrap_or(f64::NEG_INFINITY),
    }
}

/// A value for a query; every value here was made or read by this program, so it is valid.
fn plain(value: &RawBson) -> Bson {
    Bson::try_from(value.clone()).unwrap_or(Bson::MinKey)
}

/// Seconds as ObjectIds and timestamps hold them.
fn epoch_u32(seconds: i64) -> u32 {
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

/// `micros` as text that sorts like `like`: with its separator, in its offset, to the second.
fn text_at(micros: i64, like: &str) -> String {
    let like_instant = scalar::instant(&RawBsonRef::String(like));
    let offset = match (scalar::naive_instant(like), like_instant) {
        (Some(naive), Some(instant)) => naive.div_euclid(SECOND) - instant.div_euclid(SECOND),
        _ => 0,
    };
    let separator = if like.as_bytes().get(10) == Some(&b' ') {
        ' '
    } else {
        'T'
    };
    let seconds = micros.div_euclid(SECOND).saturating_add(offset);
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MIN);
    stamp
        .strftime(&format!("%Y-%m-%d{separator}%H:%M:%S"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> RawBson {
        RawBson::String(value.to_owned())
    }

    #[test]
    fn texts_step_back_in_their_own_notation() {
        let five_minutes = 300 * SECOND;
        for (value, before) in [
            ("2026-08-10T00:03:00.250Z", "2026-08-09T23:58:00"),
            ("2026-08-10T00:03:00+02:00", "2026-08-09T23:58:00"),
            ("2026-08-10 00:03:00", "2026-08-09 23:58:00"),
            ("run-17", "run-17"),
        ] {
            let earlier = Family::Text.before(&text(value), five_minutes);
            assert_eq!(earlier, text(before));
            assert_ne!(
                Family::Text.compare(&earlier.as_raw_bson_ref(), &text(value).as_raw_bson_ref()),
                Ordering::Greater
            );
        }
    }

    #[test]
    fn numbers_keep_their_unit() {
        let before = |family: Family, number| family.before(&RawBson::Int64(number), 300 * SECOND);
        assert_eq!(
            before(Family::Seconds, 1_786_380_941),
            RawBson::Int64(1_786_380_641)
        );
        assert_eq!(
            before(Family::Millis, 1_786_380_941_385),
            RawBson::Int64(1_786_380_641_385)
        );
        assert_eq!(before(Family::Counter, 41), RawBson::Int64(41));
        let double = RawBson::Double(1_786_380_941_385.0);
        assert_eq!(
            Family::Millis.before(&double, 300 * SECOND),
            RawBson::Int64(1_786_380_641_385)
        );
    }

    #[test]
    fn object_ids_step_back_by_their_seconds() {
        let id = ObjectId::from_parts(1_786_380_941, [9; 5], [9; 3]);
        let before = ObjectId::from_parts(1_786_380_641, [0; 5], [0; 3]);
        assert_eq!(
            Family::Missing.before(&RawBson::ObjectId(id), 300 * SECOND),
            RawBson::ObjectId(before)
        );
    }

    #[test]
    fn every_value_lies_between_the_bounds_of_its_family() {
        for family in Family::ALL {
            let (least, end) = family.bounds();
            let some = family.value_at(1_786_380_941_000_000, &least);
            assert!(family.holds(&some.as_raw_bson_ref()), "{family:?}");
            let order = |left: &RawBson, right: &RawBson| {
                family.compare(&left.as_raw_bson_ref(), &right.as_raw_bson_ref())
            };
            assert_ne!(order(&least, &some), Ordering::Greater, "{family:?}");
            if let Some(end) = end {
                assert_eq!(order(&some, &end), Ordering::Less, "{family:?}");
            }
        }
    }

    #[test]
    fn lists_belong_to_no_family() {
        let list = RawBson::Array(bson::RawArrayBuf::new());
        assert!(
            Family::ALL
                .iter()
                .all(|family| !family.holds(&list.as_raw_bson_ref()))
        );
    }
}
