//! Failures: a block for people, an object for programs.

use serde_json::{Value, json};

use crate::cli::style;
use crate::error::{Error, Excerpt};

/// `error[kind]: message`, then places, causes and hints, one a line.
pub(in crate::cli) fn error_block(error: &Error) -> String {
    let head = style::bad(format!("error[{}]:", error.kind().label()));
    let mut lines = vec![format!("{head} {}", style::title(error.message()))];
    let mut shown = error.excerpt().map(Excerpt::shown).unwrap_or_default();
    for place in error.places() {
        lines.push(format!("   {} {place}", style::dim("at")));
        lines.extend(shown.drain(..).map(|line| format!("      {line}")));
    }
    for cause in error.causes() {
        for (index, line) in cause.trim_end().lines().enumerate() {
            let lead = if index == 0 {
                style::warn("cause:")
            } else {
                "      ".to_owned()
            };
            lines.push(format!("   {lead} {line}"));
        }
    }
    for hint in error.hints() {
        lines.push(format!("   {} {hint}", style::good("hint:")));
    }
    lines.join("\n")
}

/// The same as one JSON object.
pub(in crate::cli) fn error_json(error: &Error) -> Value {
    json!({ "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_without_colours_is_the_plain_form() {
        let error = Error::config("`mongo.lookback` must be a duration")
            .at("cca.toml:3")
            .at("another")
            .showing(Excerpt {
                line: 3,
                column: Some(1),
                text: "lookback = 5".to_owned(),
            })
            .cause("first line\nsecond line")
            .hint("Write `5m`.");
        let plain = anstream::adapter::strip_str(&error_block(&error)).to_string();
        assert_eq!(plain, error.to_string());
        assert_eq!(error_json(&error)["error"]["exit_code"], 2);
    }
}
