//! Values of results and parameters.

use std::fmt;

use duckdb::types::{TimeUnit, Value as Duck};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// A value of a result, or a parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Boolean.
    Bool(bool),
    /// Any integer type, exact.
    Int(i128),
    /// FLOAT or DOUBLE.
    Double(f64),
    /// DECIMAL, as its exact digits.
    Decimal(String),
    /// VARCHAR, ENUM, UUID.
    Text(String),
    /// DATE, TIME, TIMESTAMP, INTERVAL: in the form DuckDB prints them.
    Temporal(String),
    /// BLOB.
    Blob(Vec<u8>),
    /// LIST or ARRAY.
    List(Vec<Value>),
    /// STRUCT or MAP.
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// The integer, where it is one that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(value) => i64::try_from(*value).ok(),
            Value::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// Any number as a double.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "asked for a double")]
            Value::Int(value) => Some(*value as f64),
            Value::Double(value) => Some(*value),
            Value::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The text of VARCHAR and temporal values.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Temporal(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is NULL.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(super) fn to_parameter(&self) -> Duck {
        match self {
            Value::Null => Duck::Null,
            Value::Bool(value) => Duck::Boolean(*value),
            Value::Int(value) => i64::try_from(*value).map_or(Duck::HugeInt(*value), Duck::BigInt),
            Value::Double(value) => Duck::Double(*value),
            Value::Blob(bytes) => Duck::Blob(bytes.clone()),
            Value::Decimal(text) | Value::Text(text) | Value::Temporal(text) => {
                Duck::Text(text.clone())
            }
            Value::List(_) | Value::Struct(_) => Duck::Text(self.to_string()),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Int(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Double(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl From<Duck> for Value {
    fn from(value: Duck) -> Self {
        match value {
            Duck::Null => Value::Null,
            Duck::Boolean(value) => Value::Bool(value),
            Duck::TinyInt(value) => Value::Int(value.into()),
            Duck::SmallInt(value) => Value::Int(value.into()),
            Duck::Int(value) => Value::Int(value.into()),
            Duck::BigInt(value) => Value::Int(value.into()),
            Duck::HugeInt(value) => Value::Int(value),
            Duck::UHugeInt(value) => {
                i128::try_from(value).map_or_else(|_| Value::Decimal(value.to_string()), Value::Int)
            }
            Duck::UTinyInt(value) => Value::Int(value.into()),
            Duck::USmallInt(value) => Value::Int(value.into()),
            Duck::UInt(value) => Value::Int(value.into()),
            Duck::UBigInt(value) => Value::Int(value.into()),
            Duck::Float(value) => Value::Double(value.into()),
            Duck::Double(value) => Value::Double(value),
            Duck::Decimal(value) => Value::Decimal(value.to_string()),
            Duck::Timestamp(unit, value) => Value::Temporal(timestamp(unit, value)),
            Duck::Text(text) | Duck::Enum(text) => Value::Text(text),
            Duck::Blob(bytes) => Value::Blob(bytes),
            Duck::Date32(days) => Value::Temporal(date(days)),
            Duck::Time64(unit, value) => Value::Temporal(time(unit.to_micros(value))),
            Duck::Interval {
                months,
                days,
                nanos,
            } => Value::Temporal(interval(months, days, nanos)),
            Duck::List(items) | Duck::Array(items) => {
                Value::List(items.into_iter().map(Value::from).collect())
            }
            Duck::Struct(fields) => Value::Struct(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::from(value.clone())))
                    .collect(),
            ),
            Duck::Map(entries) => Value::Struct(
                entries
                    .iter()
                    .map(|(key, value)| {
                        (
                            Value::from(key.clone()).to_string(),
                            Value::from(value.clone()),
                        )
                    })
                    .collect(),
            ),
            Duck::Union(inner) => Value::from(*inner),
            other => Value::Text(format!("{other:?}")),
        }
    }
}

fn timestamp(unit: TimeUnit, value: i64) -> String {
    let micros = unit.to_micros(value);
    let Ok(instant) = Timestamp::from_microsecond(micros) else {
        return format!("{micros} µs");
    };
    let civil = instant.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    if micros % 1_000_000 == 0 {
        civil.strftime("%Y-%m-%d %H:%M:%S").to_string()
    } else {
        civil.strftime("%Y-%m-%d %H:%M:%S%.f").to_string()
    }
}

fn date(days: i32) -> String {
    Date::constant(1970, 1, 1)
        .checked_add(jiff::Span::new().days(days))
        .map_or_else(|_| format!("{days} days"), |date| date.to_string())
}

fn time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let fraction = micros % 1_000_000;
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction == 0 {
        clock
    } else {
        format!("{clock}.{fraction:06}")
    }
}

fn interval(months: i32, days: i32, nanos: i64) -> String {
    format!("{months} months {days} days {}", time(nanos / 1000))
}

/// For people and CSV: NULL is empty, nested values are JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Double(value) => write!(f, "{value}"),
            Value::Decimal(text) | Value::Text(text) | Value::Temporal(text) => f.write_str(text),
            Value::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02X}")),
            Value::List(_) | Value::Struct(_) => {
                f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
            }
        }
    }
}

/// JSON without loss: integers and decimals keep every digit; NaN and infinities become strings.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => match i64::try_from(*value) {
                Ok(small) => serializer.serialize_i64(small),
                Err(_) => exact_number(&value.to_string(), serializer),
            },
            Value::Double(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Decimal(digits) => exact_number(digits, serializer),
            Value::Text(text) | Value::Temporal(text) => serializer.serialize_str(text),
            Value::Double(_) | Value::Blob(_) => serializer.serialize_str(&self.to_string()),
            Value::List(items) => serializer.collect_seq(items),
            Value::Struct(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

fn exact_number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match RawValue::from_string(digits.to_owned()) {
        Ok(number) => number.serialize(serializer),
        Err(_) => serializer.serialize_str(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_every_digit() {
        let values = vec![
            Value::Int(9_007_199_254_740_993),
            Value::Int(i128::MAX),
            Value::Decimal("0.10".into()),
            Value::Double(f64::NAN),
        ];
        assert_eq!(
            serde_json::to_string(&values).expect("serialisable"),
            "[9007199254740993,170141183460469231731687303715884105727,0.10,\"NaN\"]"
        );
    }

    #[test]
    fn instants_print_as_duckdb_prints_them() {
        assert_eq!(timestamp(TimeUnit::Microsecond, 0), "1970-01-01 00:00:00");
        assert_eq!(
            timestamp(TimeUnit::Microsecond, 1_500_000),
            "1970-01-01 00:00:01.5"
        );
        assert_eq!(date(-1), "1969-12-31");
    }
}
