//! Reading the words of an expression one after the other.

use crate::transform::template::tokens::{Token, TokenKind, tokens};

/// A part of the rewritten text and where it was in the original, if it was there.
pub(in crate::transform::template) type Segment = (String, Option<usize>);

/// The words of an expression, and how far they have been read.
pub(super) struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
}

/// What has been written so far.
pub(super) type Out = Vec<Segment>;

/// Adds a text that is not in the original.
pub(super) fn put(out: &mut Out, text: &str) {
    out.push((text.to_owned(), None));
}

impl<'t> Parser<'t> {
    /// At the beginning of `text`; `None` if its words cannot be told apart.
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let tokens = tokens(text)?;
        Some(Self { tokens, next: 0 })
    }

    /// Whether everything has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.next == self.tokens.len()
    }

    /// The next word that is not white space.
    pub(super) fn peek(&self) -> Option<Token<'t>> {
        let rest = self.tokens.get(self.next..)?;
        rest.iter()
            .find(|token| token.kind != TokenKind::Space)
            .copied()
    }

    pub(super) fn peek_sign(&self, sign: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Sign && token.text == sign)
    }

    pub(super) fn peek_name(&self, name: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Name && token.text == name)
    }

    /// The sign among `signs` that comes next.
    pub(super) fn peek_one(&self, signs: &[&'static str]) -> Option<&'static str> {
        signs.iter().find(|sign| self.peek_sign(sign)).copied()
    }

    pub(super) fn space(&mut self, out: &mut Out) {
        while let Some(token) = self.tokens.get(self.next) {
            if token.kind != TokenKind::Space {
                return;
            }
            out.push((token.text.to_owned(), Some(token.at)));
            self.next += 1;
        }
    }

    /// White space and the next word.
    pub(super) fn take(&mut self, out: &mut Out) -> Option<()> {
        self.space(out);
        let token = self.tokens.get(self.next)?;
        out.push((token.text.to_owned(), Some(token.at)));
        self.next += 1;
        Some(())
    }

    /// Leaves out the next word.
    pub(super) fn pass(&mut self) {
        self.next += 1;
    }

    /// White space, and a space for the next word.
    pub(super) fn skip(&mut self, out: &mut Out) {
        self.space(out);
        self.next += 1;
        put(out, " ");
    }

    pub(super) fn expect(&mut self, sign: &str, out: &mut Out) -> Option<()> {
        self.peek_sign(sign).then(|| self.take(out))?
    }

    pub(super) fn is_named_argument(&self) -> bool {
        let rest = self.tokens.get(self.next..).unwrap_or_default();
        let mut words = rest.iter().filter(|token| token.kind != TokenKind::Space);
        words
            .next()
            .is_some_and(|token| token.kind == TokenKind::Name)
            && words.next().is_some_and(|token| token.text == "=")
    }
}
