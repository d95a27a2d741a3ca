//! Conditions written as in `DataFrame.query` of pandas, or as `col("a") > 1` of Great Expectations:
//! comparisons of a column with a value, `in`, `isnull()`, `and`, `or`, `not` and parentheses.

use super::super::Literal;
use super::{Comparison, Condition};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A word: column, keyword, method.
    Word(String),
    /// A column in backticks.
    Column(String),
    /// A value.
    Value(Literal),
    /// Anything else.
    Sign(&'static str),
}

const SIGNS: [&str; 18] = [
    "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "&", "|", "~", "+", "-", "*",
];

/// Understands a condition.
///
/// # Errors
/// What cannot be understood, for people.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        next: 0,
    };
    let condition = reader.any()?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected(token: &Token) -> String {
    match token {
        Token::Word(word) | Token::Column(word) => format!("`{word}` is not expected there"),
        Token::Value(value) => format!("{value} is not expected there"),
        Token::Sign(sign) => format!("`{sign}` is not expected there"),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '\'' => {
                quoted(rest, first).map(|(text, n)| (Token::Value(Literal::Text(text)), n))?
            }
            '`' => quoted(rest, first).map(|(text, n)| (Token::Column(text), n))?,
            c if c.is_ascii_digit() => number(rest)?,
            c if c.is_alphabetic() || c == '_' => {
                let word: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let length = word.len();
                (word_token(word), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("`{first}` is not known"))?;
                (Token::Sign(sign), sign.len())
            }
        };
        found.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(found)
}

fn word_token(word: String) -> Token {
    match word.as_str() {
        "True" | "true" => Token::Value(Literal::Bool(true)),
        "False" | "false" => Token::Value(Literal::Bool(false)),
        _ => Token::Word(word),
    }
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let mut digits = String::new();
    for c in rest.chars() {
        let exponent_sign = matches!(c, '+' | '-') && digits.ends_with(['e', 'E']);
        if c.is_ascii_alphanumeric() || c == '.' || c == '_' || exponent_sign {
            digits.push(c);
        } else {
            break;
        }
    }
    let plain = digits.replace('_', "");
    let literal = match (plain.parse::<i128>(), plain.parse::<f64>()) {
        (Ok(whole), _) => Literal::Int(whole),
        (_, Ok(number)) => Literal::Double(number),
        _ => return Err(format!("`{digits}` is not a number")),
    };
    Ok((Token::Value(literal), digits.len()))
}

/// The text up to the closing mark, and the bytes of both with their marks.
fn quoted(rest: &str, mark: char) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' if mark != '`' => escaped = true,
            c if c == mark => return Ok((text, at + c.len_utf8())),
            c => text.push(c),
        }
    }
    Err(format!("a {mark} is not closed"))
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
}

/// One side of a comparison.
enum Side {
    Column(String),
    Value(Literal),
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token.ok_or_else(|| "it ends too early".to_owned())
    }

    fn accept(&mut self, sign: &str) -> bool {
        let is_next = match self.peek() {
            Some(Token::Sign(found)) => *found == sign,
            Some(Token::Word(word)) => word == sign,
            _ => false,
        };
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.accept(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("{}, but `{sign}` is", unexpected(token)),
            None => format!("a `{sign}` is missing"),
        })
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.accept("or") || self.accept("|") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.accept("and") || self.accept("&") {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.accept("not") || self.accept("~") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.accept("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let left = self.side()?;
        let Side::Column(column) = left else {
            return self.compared(left);
        };
        if self.accept(".") {
            return self.method(column);
        }
        let negated = self.accept("not");
        if self.accept("in") {
            let among = Condition::Among {
                column,
                values: self.list()?,
            };
            return Ok(if negated {
                Condition::Not(Box::new(among))
            } else {
                among
            });
        }
        let is_alone = matches!(self.peek(), None | Some(Token::Sign(")" | "&" | "|")))
            || matches!(self.peek(), Some(Token::Word(word)) if word == "and" || word == "or");
        if is_alone {
            return Ok(Condition::Compare {
                column,
                comparison: Comparison::Equal,
                value: Literal::Bool(true),
            });
        }
        self.compared(Side::Column(column))
    }

    /// A comparison, or a chain of two: `1 < a <= 5`.
    fn compared(&mut self, first: Side) -> Result<Condition, String> {
        let mut parts = Vec::new();
        let mut left = first;
        while let Some(Token::Sign(sign)) = self.peek() {
            let Some(comparison) = Comparison::from_sign(sign) else {
                break;
            };
            self.next += 1;
            let right = self.side()?;
            parts.push(match (&left, &right) {
                (Side::Column(column), Side::Value(value)) => Condition::Compare {
                    column: column.clone(),
                    comparison,
                    value: value.clone(),
                },
                (Side::Value(value), Side::Column(column)) => Condition::Compare {
                    column: column.clone(),
                    comparison: comparison.mirrored(),
                    value: value.clone(),
                },
                _ => return Err("only a column and a value can be compared".to_owned()),
            });
            left = right;
        }
        match (parts.is_empty(), self.peek()) {
            (false, _) => Ok(single_or(parts, Condition::All)),
            (true, Some(token)) => Err(unexpected(token)),
            (true, None) => Err("a comparison is missing".to_owned()),
        }
    }

    fn side(&mut self) -> Result<Side, String> {
        match self.take()? {
            Token::Sign("-") => match self.take()? {
                Token::Value(Literal::Int(value)) => Ok(Side::Value(Literal::Int(-value))),
                Token::Value(Literal::Double(value)) => Ok(Side::Value(Literal::Double(-value))),
                other => Err(unexpected(&other)),
            },
            Token::Value(value) => Ok(Side::Value(value)),
            Token::Column(name) => Ok(Side::Column(name)),
            Token::Word(word) if (word == "col" || word == "date") && self.accept("(") => {
                let Token::Value(Literal::Text(text)) = self.take()? else {
                    return Err(format!("`{word}` needs a text"));
                };
                self.expect(")")?;
                Ok(if word == "col" {
                    Side::Column(text)
                } else {
                    Side::Value(Literal::Text(text))
                })
            }
            Token::Word(word) => Ok(Side::Column(word)),
            other @ Token::Sign(_) => Err(unexpected(&other)),
        }
    }

    fn method(&mut self, column: String) -> Result<Condition, String> {
        let Token::Word(name) = self.take()? else {
            return Err("a method is missing after `.`".to_owned());
        };
        let condition = match name.to_ascii_lowercase().as_str() {
            "isnull" | "isna" | "is_null" => Condition::Missing(column),
            "notnull" | "notna" | "is_not_null" => {
                Condition::Not(Box::new(Condition::Missing(column)))
            }
            "isin" => {
                self.expect("(")?;
                let values = self.list()?;
                self.expect(")")?;
                return Ok(Condition::Among { column, values });
            }
            _ => return Err(format!("the method `{name}` is not known")),
        };
        self.expect("(")?;
        self.expect(")")?;
        Ok(condition)
    }

    fn list(&mut self) -> Result<Vec<Literal>, String> {
        let closing = if self.accept("(") {
            ")"
        } else {
            self.expect("[")?;
            "]"
        };
        let mut values = Vec::new();
        while !self.accept(closing) {
            match self.side()? {
                Side::Value(value) => values.push(value),
                Side::Column(name) => return Err(format!("`{name}` is no value")),
            }
            if !self.accept(",") {
                self.expect(closing)?;
                break;
            }
        }
        Ok(values)
    }
}

fn single_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(column: &str, comparison: Comparison, value: Literal) -> Condition {
        Condition::Compare {
            column: column.to_owned(),
            comparison,
            value,
        }
    }

    #[test]
    fn conditions_of_pandas_are_understood() {
        let a = compare("a", Comparison::Greater, Literal::Int(1));
        assert_eq!(parse("a > 1"), Ok(a.clone()));
        assert_eq!(parse("1 < a"), Ok(a.clone()));
        assert_eq!(parse("col(\"a\") > 1"), Ok(a.clone()));
        let b = compare("b c", Comparison::Equal, Literal::Text("x".to_owned()));
        let both = Condition::All(vec![a.clone(), b.clone()]);
        assert_eq!(parse("a > 1 and `b c` == 'x'"), Ok(both.clone()));
        assert_eq!(parse("(a > 1) & (`b c` == \"x\")"), Ok(both));
        let missing = Condition::Missing("d".to_owned());
        assert_eq!(
            parse("not d.isnull() or a>1"),
            Ok(Condition::Any(vec![Condition::Not(Box::new(missing)), a]))
        );
        assert_eq!(
            parse("a not in [1, -2.5]"),
            Ok(Condition::Not(Box::new(Condition::Among {
                column: "a".to_owned(),
                values: vec![Literal::Int(1), Literal::Double(-2.5)],
            })))
        );
        assert_eq!(
            parse("1 <= a < 3"),
            Ok(Condition::All(vec![
                compare("a", Comparison::AtLeast, Literal::Int(1)),
                compare("a", Comparison::Less, Literal::Int(3)),
            ]))
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, expected) in [
            ("a > b", "only a column and a value"),
            ("a + 1 > 2", "`+` is not expected"),
            ("a == 'x", "is not closed"),
            ("a.str.len() > 3", "`str` is not known"),
            ("(a > 1", "a `)` is missing"),
            ("a >", "ends too early"),
            ("a @ 3", "`@` is not known"),
        ] {
            let message = parse(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
