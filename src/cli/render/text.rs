//! Lines in columns: sections with a margin of names, and columns padded before they are styled.

use crate::cli::style;

/// Width of the margin that holds the names of sections.
const MARGIN: usize = 12;

/// A text in sections; every section has its name in the margin of its first line.
pub(super) struct Sections {
    text: String,
    gap: &'static str,
}

impl Sections {
    /// A page with an empty line before every section.
    pub(super) fn airy() -> Self {
        Self {
            text: String::new(),
            gap: "\n",
        }
    }

    /// A page without empty lines.
    pub(super) fn dense() -> Self {
        Self {
            text: String::new(),
            gap: "",
        }
    }

    /// A line over the whole width.
    pub(super) fn head(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A section; without lines, nothing.
    pub(super) fn section(&mut self, name: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.text.push_str(self.gap);
        for (index, line) in lines.iter().enumerate() {
            let margin = if index == 0 { name } else { "" };
            let margin = style::title(format!("{margin:<MARGIN$}"));
            let line = format!("{margin}{line}");
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Columns left for lines of a section.
pub(super) fn room(width: usize) -> usize {
    width.saturating_sub(MARGIN)
}

/// Pads to the right.
pub(super) fn left(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

/// Pads to the left.
pub(super) fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

/// Characters of the longest text, at most `limit`.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, limit: usize) -> usize {
    texts
        .into_iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
        .min(limit)
}

/// Cuts a text that is too long, with an ellipsis.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_padded() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(right("7", 3), "  7");
        assert_eq!(widest(["a", "abc"], 2), 2);
    }
}
