//! Which rows an expectation considers.

mod read;
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
