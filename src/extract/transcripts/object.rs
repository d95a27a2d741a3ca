//! One JSON object at the beginning of a text.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use super::lenient::Lenient;
use super::line::Line;
use super::surrogates::without_lone_surrogates;

/// Parses the object that `text` begins with and hands its fields and its length in bytes to
/// `take`; the error says why there is none.
///
/// An object whose values no column can hold (numbers beyond a double) has no fields, but exists.
pub(super) fn with_object<T>(
    text: &str,
    take: impl FnOnce(Line<'_>, usize) -> T,
) -> Result<T, String> {
    if !text.starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    let mut typed = Deserializer::from_str(text).into_iter::<Lenient<Line<'_>>>();
    if let Some(Ok(Lenient(line))) = typed.next() {
        return Ok(take(line, typed.byte_offset()));
    }
    let mut any = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match any.next() {
        Some(Ok(IgnoredAny)) => {
            let length = any.byte_offset();
            let fixed = without_lone_surrogates(text.get(..length).unwrap_or_default());
            let line = serde_json::from_str::<Lenient<Line<'_>>>(&fixed);
            Ok(take(line.map(|read| read.0).unwrap_or_default(), length))
        }
        Some(Err(error)) => Err(error.to_string()),
        None => Err("no JSON value".to_owned()),
    }
}
