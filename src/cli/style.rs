//! The colours. Texts are always styled; the printer strips them where colours are off.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NAME: Style = AnsiColor::Cyan.on_default();
const BAR: Style = AnsiColor::Blue.on_default();

/// Nothing stays nothing, so that empty ends of lines can be trimmed.
fn styled(style: Style, text: impl Display) -> String {
    let text = text.to_string();
    if text.is_empty() {
        return text;
    }
    format!("{style}{text}{style:#}")
}

/// Heads of sections.
pub(super) fn title(text: impl Display) -> String {
    styled(TITLE, text)
}

/// What may be passed over.
pub(super) fn dim(text: impl Display) -> String {
    styled(DIM, text)
}

/// What is in order.
pub(super) fn good(text: impl Display) -> String {
    styled(GOOD, text)
}

/// What deserves attention.
pub(super) fn warn(text: impl Display) -> String {
    styled(WARN, text)
}

/// What failed.
pub(super) fn bad(text: impl Display) -> String {
    styled(BAD, text)
}

/// Names, paths and commands.
pub(super) fn name(text: impl Display) -> String {
    styled(NAME, text)
}

/// Bars.
pub(super) fn bar(text: impl Display) -> String {
    styled(BAR, text)
}
