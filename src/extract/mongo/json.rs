//! BSON scalars as plain JSON, appended to a text.
//!
//! | BSON | JSON |
//! |---|---|
//! | string, symbol | string |
//! | int32, int64 | number |
//! | double | number with a fraction or an exponent; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | decimal128 | string of digits |
//! | bool, null | as they are |
//! | date | string `2026-08-10T16:55:41.385Z`; years of more than four digits have a sign and six |
//! | ObjectId | string of 24 hexadecimal digits |
//! | UUID (binary of subtype 4) | string `8-4-4-4-12` |
//! | other binary | string of base64; with a subtype `{"$binary":{"base64":…,"subType":"05"}}` |
//! | timestamp, regular expression, code, DBPointer, undefined, MinKey, MaxKey | extended JSON |
//!
//! No value is rounded or cut off. A string with a NUL character has no place in a text column, so
//! it is refused, and with it the document.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::spec::BinarySubtype;
use bson::{DateTime, RawBinaryRef, RawBsonRef};

/// Why a document cannot become a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

impl From<bson::error::Error> for Refusal {
    fn from(error: bson::error::Error) -> Self {
        Self(format!("not valid BSON: {error}"))
    }
}

/// Appends a value that is neither a document nor an array.
pub(super) fn write_scalar(out: &mut String, value: &RawBsonRef<'_>) -> Result<(), Refusal> {
    match *value {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => return write_string(out, text),
        RawBsonRef::Int32(number) => append(out, format_args!("{number}")),
        RawBsonRef::Int64(number) => append(out, format_args!("{number}")),
        RawBsonRef::Double(number) if number.is_finite() => append(out, format_args!("{number:?}")),
        RawBsonRef::Double(_)
        | RawBsonRef::DateTime(_)
        | RawBsonRef::ObjectId(_)
        | RawBsonRef::Decimal128(_) => quoted(out, value),
        RawBsonRef::Boolean(truth) => out.push_str(if truth { "true" } else { "false" }),
        RawBsonRef::Null => out.push_str("null"),
        RawBsonRef::Binary(binary) => write_binary(out, value, binary),
        _ => return write_extended(out, value),
    }
    Ok(())
}

/// The text form of a scalar where a column wants text; `None` for what has none.
pub(super) fn plain_text(value: &RawBsonRef<'_>) -> Option<String> {
    Some(match *value {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => text.to_owned(),
        RawBsonRef::Int32(number) => number.to_string(),
        RawBsonRef::Int64(number) => number.to_string(),
        RawBsonRef::Double(number) if number.is_nan() => "NaN".to_owned(),
        RawBsonRef::Double(number) if number.is_infinite() => {
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}Infinity")
        }
        RawBsonRef::Double(number) => number.to_string(),
        RawBsonRef::Boolean(truth) => truth.to_string(),
        RawBsonRef::Decimal128(decimal) => decimal.to_string(),
        RawBsonRef::ObjectId(id) => id.to_hex(),
        RawBsonRef::DateTime(date) => iso_text(date),
        RawBsonRef::Binary(binary) => uuid_text(binary)?,
        _ => return None,
    })
}

/// Appends a JSON string.
pub(super) fn write_string(out: &mut String, text: &str) -> Result<(), Refusal> {
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_special(rest.as_bytes()) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\t') => out.push_str("\\t"),
            Some('\r') => out.push_str("\\r"),
            Some('\0') => return Err(Refusal("a string holds a NUL character".to_owned())),
            Some(control) => append(out, format_args!("\\u{:04x}", u32::from(control))),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
    Ok(())
}

/// Position of the first byte that JSON escapes, looking at eight bytes at a time.
fn first_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.as_chunks::<8>();
    let mut checked = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The high bit of a byte of `x - ONES & !x` is set where the byte of `x` is zero (and
        // perhaps above it, which the byte-wise look below sorts out).
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = quote.wrapping_sub(ONES) & !quote;
        let backslash = backslash.wrapping_sub(ONES) & !backslash;
        if (control | quote | backslash) & HIGHS != 0 {
            break;
        }
        checked += 8;
    }
    let tail = bytes.get(checked..).unwrap_or_default();
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    tail.iter().position(special).map(|at| checked + at)
}

/// `2026-08-10T16:55:41.385Z`, for every date BSON can hold.
pub(super) fn iso_text(date: DateTime) -> String {
    let millis = date.timestamp_millis();
    let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let mut text = String::with_capacity(24);
    match year {
        0..=9999 => append(&mut text, format_args!("{year:04}")),
        _ => append(&mut text, format_args!("{year:+07}")),
    }
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1000 % 60, of_day % 1000);
    append(
        &mut text,
        format_args!("-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"),
    );
    text
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar;
/// years begin in March here, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let from_era = days + 719_468;
    let (era, of_era) = (from_era.div_euclid(146_097), from_era.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The text of a UUID; `None` for any other binary value.
pub(super) fn uuid_text(binary: RawBinaryRef<'_>) -> Option<String> {
    let bytes: [u8; 16] = binary.bytes.try_into().ok()?;
    (binary.subtype == BinarySubtype::Uuid).then(|| uuid::Uuid::from_bytes(bytes).to_string())
}

fn write_binary(out: &mut String, value: &RawBsonRef<'_>, binary: RawBinaryRef<'_>) {
    if uuid_text(binary).is_some() {
        return quoted(out, value);
    }
    let encoded = STANDARD.encode(binary.bytes);
    match u8::from(binary.subtype) {
        0 => append(out, format_args!("\"{encoded}\"")),
        subtype => append(
            out,
            format_args!(
                "{{\"$binary\":{{\"base64\":\"{encoded}\",\"subType\":\"{subtype:02x}\"}}}}"
            ),
        ),
    }
}

fn write_extended(out: &mut String, value: &RawBsonRef<'_>) -> Result<(), Refusal> {
    let text = serde_json::to_string(value)
        .map_err(|error| Refusal(format!("a value has no JSON form: {error}")))?;
    if text.contains("\\u0000") {
        return Err(Refusal("a string holds a NUL character".to_owned()));
    }
    out.push_str(&text);
    Ok(())
}

/// Appends the text form of a value whose text needs no escapes.
fn quoted(out: &mut String, value: &RawBsonRef<'_>) {
    let text = plain_text(value).unwrap_or_default();
    append(out, format_args!("\"{text}\""));
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a `String` cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, RawBson, doc};
    use proptest::prelude::*;

    fn json(value: impl Into<Bson>) -> Result<String, Refusal> {
        let raw = RawBson::try_from(value.into()).expect("BSON");
        let mut out = String::new();
        write_scalar(&mut out, &raw.as_raw_bson_ref()).map(|()| out)
    }

    fn good(value: impl Into<Bson>) -> String {
        json(value).expect("representable")
    }

    #[test]
    fn numbers() {
        assert_eq!(good(-5), "-5");
        assert_eq!(good(i64::MIN), "-9223372036854775808");
        assert_eq!(good(9_007_199_254_740_993_i64), "9007199254740993");
        assert_eq!(good(5.0), "5.0");
        assert_eq!(good(0.1), "0.1");
        assert_eq!(good(1e300), "1e300");
        assert_eq!(good(-0.0), "-0.0");
        assert_eq!(good(f64::NAN), "\"NaN\"");
        assert_eq!(good(f64::INFINITY), "\"Infinity\"");
        assert_eq!(good(f64::NEG_INFINITY), "\"-Infinity\"");
        let decimal: bson::Decimal128 = "12345678901234567890.123456789".parse().expect("decimal");
        assert_eq!(good(decimal), "\"12345678901234567890.123456789\"");
    }

    #[test]
    fn dates_of_all_ages() {
        for (millis, text) in [
            (1_786_380_941_385, "2026-08-10T16:55:41.385Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800_001, "0000-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (i64::MIN, "-292275055-05-16T16:47:04.192Z"),
            (i64::MAX, "+292278994-08-17T07:12:55.807Z"),
        ] {
            assert_eq!(iso_text(DateTime::from_millis(millis)), text);
        }
    }

    #[test]
    fn identifiers_and_bytes() {
        let id = bson::oid::ObjectId::parse_str("66f000000000000000000001").expect("id");
        assert_eq!(good(id), "\"66f000000000000000000001\"");
        let uuid = bson::Uuid::from_bytes([0x11; 16]);
        assert_eq!(good(uuid), "\"11111111-1111-1111-1111-111111111111\"");
        let binary = |subtype, bytes: &[u8]| bson::Binary {
            subtype,
            bytes: bytes.to_vec(),
        };
        assert_eq!(
            good(binary(BinarySubtype::Generic, b"\x00\xff")),
            "\"AP8=\""
        );
        assert_eq!(
            good(binary(BinarySubtype::Md5, b"\x00\xff")),
            r#"{"$binary":{"base64":"AP8=","subType":"05"}}"#
        );
        assert_eq!(
            good(binary(BinarySubtype::Uuid, b"short")),
            r#"{"$binary":{"base64":"c2hvcnQ=","subType":"04"}}"#
        );
    }

    #[test]
    fn rare_types_are_extended_json() {
        assert_eq!(good(true), "true");
        assert_eq!(good(Bson::Null), "null");
        assert_eq!(good(Bson::Symbol("s\"".into())), r#""s\"""#);
        assert_eq!(good(Bson::MinKey), r#"{"$minKey":1}"#);
        assert_eq!(good(Bson::MaxKey), r#"{"$maxKey":1}"#);
        assert_eq!(good(Bson::Undefined), r#"{"$undefined":true}"#);
        assert_eq!(
            good(Bson::JavaScriptCode("f()".into())),
            r#"{"$code":"f()"}"#
        );
        assert_eq!(
            good(Bson::Timestamp(bson::Timestamp {
                time: 7,
                increment: 3
            })),
            r#"{"$timestamp":{"t":7,"i":3}}"#
        );
        let regex = bson::Regex {
            pattern: "^a".try_into().expect("c"),
            options: "i".try_into().expect("c"),
        };
        assert_eq!(
            good(regex),
            r#"{"$regularExpression":{"pattern":"^a","options":"i"}}"#
        );
        let code = bson::JavaScriptCodeWithScope {
            code: "f".into(),
            scope: doc! { "a": 1 },
        };
        assert_eq!(good(code), r#"{"$code":"f","$scope":{"a":1}}"#);
    }

    #[test]
    fn strings_with_nul_are_refused() {
        assert!(json("a\0b").is_err());
        assert!(json(Bson::JavaScriptCode("a\0b".into())).is_err());
    }

    proptest! {
        #[test]
        fn strings_read_back(text in "[^\0]{0,40}") {
            let read: String = serde_json::from_str(&good(text.as_str())).expect("JSON");
            prop_assert_eq!(read, text);
        }

        #[test]
        fn doubles_read_back(number in proptest::num::f64::NORMAL) {
            let read: f64 = good(number).parse().expect("a number");
            prop_assert_eq!(read.to_bits(), number.to_bits());
        }
    }
}
