//! Which rows an expectation considers.

mod read;
mod row_alone;
mod text;

use super::Literal;

/// Rows considered.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum RowCondition {
    /// SQL of the project.
    Sql(String),
    /// A condition of another language, understood.
    Understood(Condition),
}

impl RowCondition {
    /// Whether nothing but the values of a row decides about it: no other row, no function, no
    /// time. Of SQL only what is plainly so.
    pub(in crate::check) fn is_about_the_row_alone(&self) -> bool {
        match self {
            RowCondition::Understood(_) => true,
            RowCondition::Sql(text) => row_alone::is_plain(text),
        }
    }
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Comparison {
    /// `==`
    Equal,
    /// `!=`; true for missing values
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A condition on the columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Condition {
    /// A column compared with a value.
    Compare {
        /// The column.
        column: String,
        /// How.
        comparison: Comparison,
        /// The value.
        value: Literal,
    },
    /// A column with one of several values.
    Among {
        /// The column.
        column: String,
        /// The values.
        values: Vec<Literal>,
    },
    /// A column without a value.
    Missing(String),
    /// The opposite.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
}
