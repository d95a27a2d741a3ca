//! Values written in suites.

use std::fmt;

use serde_yaml_ng::Value as Yaml;

use crate::warehouse::Value;

/// A scalar of a suite. Never coerced: `'1'` is text and `1` is a number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Literal {
    /// Whole number.
    Int(i128),
    /// Any other number.
    Double(f64),
    /// Text; dates and times too.
    Text(String),
    /// Boolean.
    Bool(bool),
}

impl Literal {
    /// The scalar, unless it is null, a list or a mapping.
    pub(in crate::check) fn from_yaml(value: &Yaml) -> Option<Self> {
        match value {
            Yaml::Bool(value) => Some(Literal::Bool(*value)),
            Yaml::String(text) => Some(Literal::Text(text.clone())),
            Yaml::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from))
                .map(Literal::Int)
                .or_else(|| number.as_f64().map(Literal::Double)),
            _ => None,
        }
    }

    /// The scalar, unless it is null, a list or a mapping.
    pub(in crate::check) fn from_json(value: &serde_json::Value) -> Option<Self> {
        match value {
            serde_json::Value::Bool(value) => Some(Literal::Bool(*value)),
            serde_json::Value::String(text) => Some(Literal::Text(text.clone())),
            serde_json::Value::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from))
                .map(Literal::Int)
                .or_else(|| number.as_f64().map(Literal::Double)),
            _ => None,
        }
    }

    /// The parameter of a statement.
    pub(in crate::check) fn to_value(&self) -> Value {
        match self {
            Literal::Int(value) => Value::Int(*value),
            Literal::Double(value) => Value::Double(*value),
            Literal::Text(text) => Value::Text(text.clone()),
            Literal::Bool(value) => Value::Bool(*value),
        }
    }

    /// The number, if it is one.
    pub(in crate::check) fn as_f64(&self) -> Option<f64> {
        match self {
            Literal::Int(_) | Literal::Double(_) => self.to_value().as_f64(),
            _ => None,
        }
    }

    /// Whether it is a number.
    pub(in crate::check) fn is_number(&self) -> bool {
        matches!(self, Literal::Int(_) | Literal::Double(_))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Double(value) => write!(f, "{value}"),
            Literal::Text(text) => write!(f, "'{text}'"),
            Literal::Bool(value) => write!(f, "{value}"),
        }
    }
}
