//! The four tests everybody uses, as queries of their own and as counts in a scan they share.

use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::transform::graph::TestDetail;

/// One of the four tests; columns are expressions, as people write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Unique {
        column: String,
    },
    NotNull {
        column: String,
    },
    AcceptedValues {
        column: String,
        /// Values as SQL, with commas between them.
        values: String,
    },
    Relationships {
        column: String,
        to: String,
        field: String,
    },
}

impl Builtin {
    pub(super) const NAMES: [&str; 4] = ["unique", "not_null", "accepted_values", "relationships"];

    /// The test `test` is, if it is one of the four; `text` gives an argument as SQL.
    pub(super) fn read(
        test: &TestDetail,
        text: &dyn Fn(&Json) -> Result<String>,
    ) -> Option<Result<Self>> {
        if !Self::NAMES.contains(&test.generic.as_str()) {
            return None;
        }
        let argument = |name: &str| match test.arguments.get(name) {
            Some(value) => text(value),
            None => Err(
                Error::project(format!("test `{}` needs `{name}`", test.generic))
                    .hint(format!("Give `{name}` among its `arguments`.")),
            ),
        };
        let read = || {
            let column = argument("column_name")?;
            Ok(match test.generic.as_str() {
                "unique" => Self::Unique { column },
                "not_null" => Self::NotNull { column },
                "accepted_values" => Self::AcceptedValues {
                    column,
                    values: values(test, text)?,
                },
                _ => Self::Relationships {
                    column,
                    to: argument("to")?,
                    field: argument("field")?,
                },
            })
        };
        Some(read())
    }

    /// The query that returns what is wrong in `model`; `whole` asks for all columns.
    pub(super) fn sql(&self, model: &str, whole: bool) -> String {
        match self {
            Self::Unique { column } => format!(
                "select\n    {column} as unique_field,\n    count(*) as n_records\nfrom {model}\n\
                 where {column} is not null\ngroup by {column}\nhaving count(*) > 1"
            ),
            Self::NotNull { column } => {
                let columns = if whole { "*" } else { column };
                format!("select {columns}\nfrom {model}\nwhere {column} is null")
            }
            Self::AcceptedValues { column, values } => format!(
                "with all_values as (\n    select\n        {column} as value_field,\n        \
                 count(*) as n_records\n    from {model}\n    group by {column}\n)\n\
                 select *\nfrom all_values\nwhere value_field not in ({values})"
            ),
            Self::Relationships { column, to, field } => format!(
                "with child as (\n    select {column} as from_field\n    from {model}\n    \
                 where {column} is not null\n),\nparent as (\n    select {field} as to_field\n    \
                 from {to}\n)\nselect from_field\nfrom child\nleft join parent on child.from_field = parent.to_field\n\
                 where parent.to_field is null"
            ),
        }
    }

    /// What the shared scan must know of each row, besides its columns.
    pub(super) fn row_expression(&self) -> Option<String> {
        match self {
            Self::Relationships { column, to, field } => Some(format!(
                "({column}) IN (SELECT {field} FROM {to} WHERE ({field}) IS NOT NULL)"
            )),
            _ => None,
        }
    }

    /// The number of failures over the shared scan; `row` names what [`Self::row_expression`]
    /// gave. For `unique` the number is only right where it is 0.
    pub(super) fn count(&self, row: &str) -> String {
        match self {
            Self::Unique { column } => format!("count({column}) - count(DISTINCT {column})"),
            Self::NotNull { column } => format!("count(*) FILTER (WHERE {column} IS NULL)"),
            Self::AcceptedValues { column, values } => {
                format!("count(DISTINCT {column}) FILTER (WHERE {column} NOT IN ({values}))")
            }
            Self::Relationships { .. } => format!("count(*) FILTER (WHERE NOT {row})"),
        }
    }
}

fn values(test: &TestDetail, text: &dyn Fn(&Json) -> Result<String>) -> Result<String> {
    let Some(Json::Array(values)) = test.arguments.get("values") else {
        return Err(Error::project("test `accepted_values` needs `values`")
            .hint("Give `values` a list among its `arguments`."));
    };
    let is_quoted = test
        .arguments
        .get("quote")
        .is_none_or(|quote| quote.as_bool() != Some(false));
    let values: Result<Vec<String>> = values
        .iter()
        .map(|value| {
            let value = text(value)?;
            Ok(if is_quoted {
                format!("'{}'", value.replace('\'', "''"))
            } else {
                value
            })
        })
        .collect();
    Ok(values?.join(", "))
}
