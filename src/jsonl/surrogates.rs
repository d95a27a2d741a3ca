//! Escapes of half characters.
//!
//! JavaScript cuts strings between the two halves of a character beyond the basic plane and writes
//! the lone half as `\ud83d`. That is valid JSON, but no text; U+FFFD takes its place.

use std::borrow::Cow;

/// Replaces lone surrogate escapes in the text of a JSON value.
pub(crate) fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let mut fixed = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(escape) = find_escape(json, from) {
        let unit = code_unit(json, escape);
        from = escape + if unit.is_some() { 6 } else { 2 };
        match unit {
            Some(0xD800..=0xDBFF) => {
                if matches!(code_unit(json, from), Some(0xDC00..=0xDFFF)) {
                    from += 6;
                    continue;
                }
            }
            Some(0xDC00..=0xDFFF) => {}
            _ => continue,
        }
        fixed.push_str(json.get(copied..escape).unwrap_or_default());
        fixed.push_str("\\ufffd");
        copied = from;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    fixed.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(fixed)
}

fn find_escape(json: &str, from: usize) -> Option<usize> {
    memchr::memchr(b'\\', json.as_bytes().get(from..)?).map(|found| from + found)
}

/// The code unit of `\uXXXX` at `at`.
fn code_unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
    #[test]
    fn fixing_surrogates_never_breaks_json(text in r"(\\u[dD][89abcdef][0-9a-f]{2}|\\\\|\\n|[a-zé]){0,12}") {
        let json = format!("\"{text}\"");
        let fixed = without_lone_surrogates(&json);
        prop_assert!(serde_json::from_str::<String>(&fixed).is_ok(), "{}", fixed);
    }
    }

    #[test]
    fn only_lone_halves_are_replaced() {
        for (json, fixed) in [
            (r#""a\n\u0041""#, r#""a\n\u0041""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ud83d\ud83d\ude00x""#, r#""\ufffd\ud83d\ude00x""#),
            (r#""\ude00\n""#, r#""\ufffd\n""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""é\uD83D é""#, r#""é\ufffd é""#),
        ] {
            assert_eq!(without_lone_surrogates(json), fixed, "{json}");
        }
    }
}
