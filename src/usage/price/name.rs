//! The name a model is priced under.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::expect_used, reason = "a constant, compiled by the tests")]
static SUFFIXES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\[[^\]]*\]|@[0-9a-z-]+|-v[0-9]+(:[0-9]+)?|-latest|-20[0-9]{6})+$")
        .expect("a valid pattern")
});

/// No provider, region, date, version or context suffix, dots as dashes:
/// `us.anthropic.claude-sonnet-4-5-20250929-v1:0` becomes `claude-sonnet-4-5`.
#[must_use]
pub fn price_name(model: &str) -> String {
    let lower = model.to_lowercase();
    let line_end = |rest: &str| rest.find('\n').unwrap_or(rest.len());
    let own: Cow<'_, str> = match lower.find("claude-").and_then(|at| lower.get(at..)) {
        Some(rest) => rest.get(..line_end(rest)).unwrap_or(rest).into(),
        None => lower.as_str().into(),
    };
    let dashed = own.replace('.', "-");
    SUFFIXES.replace(&dashed, "").into_owned()
}

/// Whether the name fixes the region of inference.
#[must_use]
pub fn is_regional(model: &str) -> bool {
    let lower = model.to_lowercase();
    ["us.", "eu.", "jp.", "au.", "apac."]
        .iter()
        .any(|region| lower.starts_with(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_does_not_matter() {
        for (model, name) in [
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "claude-sonnet-4-5",
            ),
            ("claude-opus-4-5@20251101", "claude-opus-4-5"),
            ("claude-3-7-sonnet-latest", "claude-3-7-sonnet"),
            ("claude-sonnet-4-20250514[1m]", "claude-sonnet-4"),
            ("anthropic/claude-opus-4.6", "claude-opus-4-6"),
            ("Claude-Haiku-4-5", "claude-haiku-4-5"),
            ("gpt-5", "gpt-5"),
        ] {
            assert_eq!(price_name(model), name, "{model}");
        }
        assert!(is_regional("EU.anthropic.claude-opus-4-5"));
        assert!(!is_regional("global.anthropic.claude-opus-4-5"));
    }
}
