//! Pieces of SQL that carry the values of their `?`.

use crate::warehouse::{Value, quote};

/// Text and, in the order of its `?`, values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::check) struct Sql {
    /// The text.
    pub text: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Sql {
    /// SQL without values.
    pub(in crate::check) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// A column.
    pub(in crate::check) fn column(name: &str) -> Self {
        Self::new(quote(name))
    }

    /// One value.
    pub(in crate::check) fn value(value: Value) -> Self {
        Self {
            text: "?".to_owned(),
            values: vec![value],
        }
    }

    /// The template with each `{}` replaced by the next piece, text and values.
    pub(in crate::check) fn fill(template: &str, pieces: &[&Sql]) -> Self {
        let mut filled = Self::default();
        let mut pieces = pieces.iter();
        for (index, part) in template.split("{}").enumerate() {
            if index > 0
                && let Some(piece) = pieces.next()
            {
                filled.text.push_str(&piece.text);
                filled.values.extend_from_slice(&piece.values);
            }
            filled.text.push_str(part);
        }
        filled
    }

    /// The pieces with a separator between them.
    pub(in crate::check) fn join<'a>(
        pieces: impl IntoIterator<Item = &'a Sql>,
        separator: &str,
    ) -> Self {
        let mut joined = Self::default();
        for (index, piece) in pieces.into_iter().enumerate() {
            if index > 0 {
                joined.text.push_str(separator);
            }
            joined.text.push_str(&piece.text);
            joined.values.extend_from_slice(&piece.values);
        }
        joined
    }

    /// Columns, separated by commas.
    pub(in crate::check) fn columns(names: &[String]) -> Self {
        Self::new(
            names
                .iter()
                .map(|name| quote(name))
                .collect::<Vec<_>>()
                .join(", "),
        )
    }

    /// Both conditions; either may be absent.
    pub(in crate::check) fn all<'a>(
        conditions: impl IntoIterator<Item = Option<&'a Sql>>,
    ) -> Option<Self> {
        let given: Vec<Sql> = conditions
            .into_iter()
            .flatten()
            .map(|condition| Sql::fill("({})", &[condition]))
            .collect();
        (!given.is_empty()).then(|| Sql::join(&given, " AND "))
    }

    /// The number of rows that meet a condition, of all without one.
    pub(in crate::check) fn count(condition: Option<&Sql>) -> Self {
        condition.map_or_else(
            || Self::new("count(*)"),
            |condition| Sql::fill("count(*) FILTER (WHERE {})", &[condition]),
        )
    }

    /// ` WHERE …`, or nothing.
    pub(in crate::check) fn where_clause(condition: Option<&Sql>) -> Self {
        condition.map_or_else(Self::default, |condition| {
            Sql::fill(" WHERE {}", &[condition])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_the_order_of_their_marks() {
        let one = Sql::value(Value::from(1_i64));
        let two = Sql::fill(
            "f({}, {})",
            &[&Sql::column("a\"b"), &Sql::value(Value::from("{}"))],
        );
        let both = Sql::fill("{} < {}", &[&two, &one]);
        assert_eq!(both.text, "f(\"a\"\"b\", ?) < ?");
        assert_eq!(both.values, vec![Value::from("{}"), Value::from(1_i64)]);
        assert_eq!(Sql::all([None, Some(&one)]).expect("one").text, "(?)");
        assert_eq!(Sql::all([None, None]), None);
    }
}
