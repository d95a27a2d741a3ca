//! The words of an expression.

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum TokenKind {
    Space,
    Name,
    Number,
    Text,
    Sign,
}

/// A word and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Token<'t> {
    pub kind: TokenKind,
    pub text: &'t str,
    pub at: usize,
}

/// Signs of two letters; all others have one.
const DOUBLE: [&str; 6] = ["==", "!=", "<=", ">=", "**", "//"];

/// The words of `text`, white space included; joined they are the text. `None` if a text in it
/// does not end.
pub(in crate::transform) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        let (kind, length) = if first.is_whitespace() {
            (TokenKind::Space, run(rest, char::is_whitespace))
        } else if first.is_alphabetic() || first == '_' {
            (
                TokenKind::Name,
                run(rest, |c| c.is_alphanumeric() || c == '_'),
            )
        } else if first.is_ascii_digit() {
            (TokenKind::Number, number(rest))
        } else if first == '\'' || first == '"' {
            (TokenKind::Text, quoted(rest, first)?)
        } else {
            let is_double = rest.get(..2).is_some_and(|two| DOUBLE.contains(&two));
            (
                TokenKind::Sign,
                if is_double { 2 } else { first.len_utf8() },
            )
        };
        found.push(Token {
            kind,
            text: rest.get(..length)?,
            at,
        });
        at += length;
    }
    Some(found)
}

fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !fits(letter)).unwrap_or(text.len())
}

fn number(text: &str) -> usize {
    let digits = |text: &str| run(text, |c| c.is_ascii_digit() || c == '_');
    let mut length = digits(text);
    let after = text.get(length..).unwrap_or_default();
    if let Some(fraction) = after.strip_prefix('.')
        && fraction.starts_with(|c: char| c.is_ascii_digit())
    {
        length += 1 + digits(fraction);
    }
    let after = text.get(length..).unwrap_or_default();
    if let Some(power) = after.strip_prefix(['e', 'E']) {
        let sign = usize::from(power.starts_with(['+', '-']));
        let count = digits(power.get(sign..).unwrap_or_default());
        if count > 0 {
            length += 1 + sign + count;
        }
    }
    length
}

fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return Some(at + 1);
        }
    }
    None
}
