//! Rewrites an expression so that it means to the engine what Python would make of it: lists and
//! mappings that can change, and arithmetic of texts, lists and dates.
//!
//! Every word of the expression stays in its place and keeps its line; calls are put around
//! words. `a + b` becomes `__add(a, b)`, `[a]` becomes `__list([a])`.

use super::cursor::{Out, Parser, Segment, put};
use crate::transform::template::tokens::TokenKind;

/// Words that are no operands.
const KEYWORDS: [&str; 8] = ["if", "else", "or", "and", "not", "in", "is", "recursive"];

/// Rewrites the inside of `{{ … }}` or, with `keyword` the first word, of `{% … %}`. `None` if it
/// is not understood; it then stays as it is, and the engine says what is wrong with it.
pub(in crate::transform::template) fn rewrite(text: &str, keyword: &str) -> Option<Vec<Segment>> {
    let mut parser = Parser::new(text)?;
    let mut out = Vec::new();
    match keyword {
        "" => parser.list(&mut out)?,
        "set" => {
            parser.until_assignment(&mut out)?;
            parser.list(&mut out)?;
        }
        "for" => {
            parser.until_name("in", &mut out)?;
            parser.wrapped_list(&mut out)?;
            if parser.peek_name("recursive") {
                parser.take(&mut out)?;
            }
        }
        "if" | "elif" => {
            parser.take(&mut out)?;
            parser.wrapped_list(&mut out)?;
        }
        "else" => parser.take(&mut out)?,
        "do" => {
            parser.take(&mut out)?;
            parser.list(&mut out)?;
        }
        "call" => {
            parser.take(&mut out)?;
            if parser.peek_sign("(") {
                parser.arguments(&mut out)?;
            }
            parser.list(&mut out)?;
        }
        "macro" => {
            parser.take(&mut out)?;
            parser.take(&mut out)?;
            parser.arguments(&mut out)?;
        }
        _ => return None,
    }
    if matches!(keyword, "for" | "if" | "elif" | "else") && parser.peek_sign(":") {
        parser.skip(&mut out);
    }
    parser.space(&mut out);
    parser.is_at_end().then_some(out)
}

impl Parser<'_> {
    fn until_assignment(&mut self, out: &mut Out) -> Option<()> {
        while !self.peek_sign("=") {
            self.take(out)?;
        }
        self.take(out)
    }

    fn until_name(&mut self, name: &str, out: &mut Out) -> Option<()> {
        while !self.peek_name(name) {
            self.take(out)?;
        }
        self.take(out)
    }

    /// Expressions between commas.
    fn list(&mut self, out: &mut Out) -> Option<()> {
        self.expression(out)?;
        while self.peek_sign(",") {
            self.take(out)?;
            if self.peek().is_none() {
                break;
            }
            self.expression(out)?;
        }
        Some(())
    }

    /// The same in parentheses where there are commas, which the engine wants here.
    fn wrapped_list(&mut self, out: &mut Out) -> Option<()> {
        let mut inner = Vec::new();
        self.list(&mut inner)?;
        let commas = inner
            .iter()
            .enumerate()
            .filter(|(_, (text, _))| text == ",");
        let is_bare = commas.into_iter().any(|(at, _)| depth(&inner, at) == 0);
        if is_bare {
            put(out, "(");
        }
        out.append(&mut inner);
        if is_bare {
            put(out, ")");
        }
        Some(())
    }

    fn expression(&mut self, out: &mut Out) -> Option<()> {
        self.logic(out)?;
        while self.peek_name("if") {
            self.take(out)?;
            self.logic(out)?;
            if self.peek_name("else") {
                self.take(out)?;
                self.expression(out)?;
            }
        }
        Some(())
    }

    fn logic(&mut self, out: &mut Out) -> Option<()> {
        loop {
            while self.peek_name("not") {
                self.take(out)?;
            }
            self.comparison(out)?;
            if !self.peek_name("or") && !self.peek_name("and") {
                return Some(());
            }
            self.take(out)?;
        }
    }

    fn comparison(&mut self, out: &mut Out) -> Option<()> {
        self.sum(out)?;
        loop {
            if self.peek_one(&["==", "!=", "<=", ">=", "<", ">"]).is_some() || self.peek_name("in")
            {
                self.take(out)?;
            } else if self.peek_name("not") {
                self.take(out)?;
                self.peek_name("in").then_some(())?;
                self.take(out)?;
            } else {
                return Some(());
            }
            self.sum(out)?;
        }
    }

    fn sum(&mut self, out: &mut Out) -> Option<()> {
        let mut left = Vec::new();
        self.concatenation(&mut left)?;
        while let Some(sign) = self.peek_one(&["+", "-"]) {
            let call = if sign == "+" { "__add(" } else { "__sub(" };
            left = self.call(call, left, Self::concatenation)?;
        }
        out.append(&mut left);
        Some(())
    }

    fn concatenation(&mut self, out: &mut Out) -> Option<()> {
        self.product(out)?;
        while self.peek_sign("~") {
            self.take(out)?;
            self.product(out)?;
        }
        Some(())
    }

    fn product(&mut self, out: &mut Out) -> Option<()> {
        let mut left = Vec::new();
        self.unary(&mut left)?;
        while let Some(sign) = self.peek_one(&["*", "%", "//", "/"]) {
            match sign {
                "*" => left = self.call("__mul(", left, Self::unary)?,
                "%" => left = self.call("__mod(", left, Self::unary)?,
                _ => {
                    self.take(&mut left)?;
                    self.unary(&mut left)?;
                }
            }
        }
        out.append(&mut left);
        Some(())
    }

    /// `call(left, right)` in place of `left sign right`.
    fn call(
        &mut self,
        call: &str,
        mut left: Out,
        right: fn(&mut Self, &mut Out) -> Option<()>,
    ) -> Option<Out> {
        let mut out = Vec::new();
        // The call begins at its first word, not in the space before it.
        while left
            .first()
            .is_some_and(|(text, _)| text.trim().is_empty() && !text.is_empty())
        {
            out.push(left.remove(0));
        }
        put(&mut out, call);
        out.append(&mut left);
        self.space(&mut out);
        self.pass();
        put(&mut out, ",");
        right(self, &mut out)?;
        put(&mut out, ")");
        Some(out)
    }

    fn unary(&mut self, out: &mut Out) -> Option<()> {
        if self.peek_sign("-") {
            self.take(out)?;
            return self.unary(out);
        }
        if self.peek_sign("+") {
            self.skip(out);
            return self.unary(out);
        }
        self.operand(out)?;
        if self.peek_sign("**") {
            self.take(out)?;
            self.unary(out)?;
        }
        Some(())
    }

    fn operand(&mut self, out: &mut Out) -> Option<()> {
        self.primary(out)?;
        loop {
            if self.peek_sign(".") {
                self.take(out)?;
                self.take(out)?;
            } else if self.peek_sign("[") {
                self.subscript(out)?;
            } else if self.peek_sign("(") {
                self.arguments(out)?;
            } else if self.peek_sign("|") {
                self.take(out)?;
                self.take(out)?;
            } else if self.peek_name("is") {
                self.test(out)?;
            } else {
                return Some(());
            }
        }
    }

    fn test(&mut self, out: &mut Out) -> Option<()> {
        self.take(out)?;
        if self.peek_name("not") {
            self.take(out)?;
        }
        self.take(out)?;
        let takes_operand = self.peek().is_some_and(|token| match token.kind {
            TokenKind::Name => !KEYWORDS.contains(&token.text),
            TokenKind::Number | TokenKind::Text => true,
            TokenKind::Sign => matches!(token.text, "[" | "{"),
            TokenKind::Space => false,
        });
        if takes_operand {
            self.primary(out)?;
        }
        Some(())
    }

    fn primary(&mut self, out: &mut Out) -> Option<()> {
        let token = self.peek()?;
        match (token.kind, token.text) {
            (TokenKind::Sign, "(") => {
                self.take(out)?;
                if !self.peek_sign(")") {
                    self.items(")", out)?;
                }
                self.expect(")", out)
            }
            (TokenKind::Sign, "[") => {
                self.space(out);
                put(out, "__list(");
                self.take(out)?;
                self.items("]", out)?;
                self.expect("]", out)?;
                put(out, ")");
                Some(())
            }
            (TokenKind::Sign, "{") => {
                self.space(out);
                put(out, "__dict(");
                self.take(out)?;
                self.entries(out)?;
                self.expect("}", out)?;
                put(out, ")");
                Some(())
            }
            (TokenKind::Text, _) => {
                self.take(out)?;
                // Texts beside each other are one.
                while self
                    .peek()
                    .is_some_and(|token| token.kind == TokenKind::Text)
                {
                    put(out, "~");
                    self.take(out)?;
                }
                Some(())
            }
            (TokenKind::Name, name) if KEYWORDS.contains(&name) => None,
            (TokenKind::Name | TokenKind::Number, _) => self.take(out),
            _ => None,
        }
    }

    /// Expressions and commas up to `end`.
    fn items(&mut self, end: &str, out: &mut Out) -> Option<()> {
        while !self.peek_sign(end) {
            self.expression(out)?;
            if self.peek_sign(",") {
                self.take(out)?;
            } else if !self.peek_sign(end) {
                return None;
            }
        }
        Some(())
    }

    fn entries(&mut self, out: &mut Out) -> Option<()> {
        while !self.peek_sign("}") {
            self.expression(out)?;
            self.expect(":", out)?;
            self.expression(out)?;
            if self.peek_sign(",") {
                self.take(out)?;
            } else if !self.peek_sign("}") {
                return None;
            }
        }
        Some(())
    }

    fn subscript(&mut self, out: &mut Out) -> Option<()> {
        self.take(out)?;
        while !self.peek_sign("]") {
            if self.peek_sign(":") || self.peek_sign(",") {
                self.take(out)?;
            } else {
                self.expression(out)?;
            }
        }
        self.take(out)
    }

    fn arguments(&mut self, out: &mut Out) -> Option<()> {
        self.expect("(", out)?;
        while !self.peek_sign(")") {
            if self.peek_one(&["**", "*"]).is_some() {
                self.take(out)?;
            } else if self.is_named_argument() {
                self.take(out)?;
                self.take(out)?;
            }
            self.expression(out)?;
            if self.peek_sign(",") {
                self.take(out)?;
            } else if !self.peek_sign(")") {
                return None;
            }
        }
        self.take(out)
    }
}

/// How many brackets are open before the segment at `at`.
fn depth(segments: &[Segment], at: usize) -> usize {
    let before = segments.get(..at).unwrap_or_default();
    before.iter().fold(0_usize, |depth, (text, _)| {
        if text.ends_with(['(', '[', '{']) {
            depth + 1
        } else if matches!(text.as_str(), ")" | "]" | "}") {
            depth.saturating_sub(1)
        } else {
            depth
        }
    })
}
