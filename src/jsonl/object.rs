//! The JSON objects of a line.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use super::lenient::{FromJson, Lenient};
use super::surrogates::without_lone_surrogates;

/// Names a struct that objects are read into, for any lifetime of their text.
pub(crate) trait Shape {
    /// The struct.
    type Of<'de>: FromJson<'de>;
}

/// What a line holds beside objects.
pub(crate) struct Refused {
    /// Where it begins in the line; it goes to the end.
    pub(crate) start: usize,
    /// Why it is no object.
    pub(crate) reason: String,
    /// First byte of the line that is no text, if any.
    pub(crate) not_text: Option<usize>,
}

/// Reads the objects of a line one after the other and hands each to `take` with its position in
/// the line and its exact text; gives the number of bytes that need not be read again.
///
/// What follows the last line feed of a file is not `ended`: what is no whole object there waits
/// for its end. In an ended line it goes to `refuse`.
pub(crate) fn each_object<S: Shape>(
    bytes: &[u8],
    ended: bool,
    mut take: impl FnMut(S::Of<'_>, usize, &str),
    refuse: impl FnOnce(Refused),
) -> usize {
    let (text, not_text) = valid_text(bytes);
    let mut done = 0;
    loop {
        let start = done + blank_length(bytes.get(done..).unwrap_or_default());
        if start >= bytes.len() {
            return if ended { bytes.len() } else { done };
        }
        let rest = text.get(start..).unwrap_or_default();
        match with_object::<S, _>(rest, |object, length| {
            take(object, start, rest.get(..length).unwrap_or_default());
            start + length
        }) {
            Ok(end) => done = end,
            Err(_) if !ended => return done,
            Err(reason) => {
                refuse(Refused {
                    start,
                    reason,
                    not_text,
                });
                return bytes.len();
            }
        }
    }
}

/// Parses the object that `text` begins with and hands its fields and its length in bytes to
/// `take`; the error says why there is none.
///
/// An object whose values no field can hold (numbers beyond a double) has no fields, but exists.
fn with_object<S: Shape, R>(
    text: &str,
    take: impl FnOnce(S::Of<'_>, usize) -> R,
) -> Result<R, String> {
    if !text.starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    let mut typed = Deserializer::from_str(text).into_iter::<Lenient<S::Of<'_>>>();
    if let Some(Ok(Lenient(object))) = typed.next() {
        return Ok(take(object, typed.byte_offset()));
    }
    let mut any = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match any.next() {
        Some(Ok(IgnoredAny)) => {
            let length = any.byte_offset();
            let fixed = without_lone_surrogates(text.get(..length).unwrap_or_default());
            let object = serde_json::from_str::<Lenient<S::Of<'_>>>(&fixed);
            Ok(take(object.map(|read| read.0).unwrap_or_default(), length))
        }
        Some(Err(error)) => Err(error.to_string()),
        None => Err("no JSON value".to_owned()),
    }
}

/// The text a line begins with, and where bytes that are no text begin.
fn valid_text(bytes: &[u8]) -> (&str, Option<usize>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (
                std::str::from_utf8(valid).unwrap_or_default(),
                Some(error.valid_up_to()),
            )
        }
    }
}

fn blank_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b' ' | b'\t' | b'\r' | 0, after @ ..] | [0xEF, 0xBB, 0xBF, after @ ..] => after,
            _ => return bytes.len() - rest.len(),
        };
    }
}
