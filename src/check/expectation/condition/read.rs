//! Row conditions in their written forms.

use serde_json::Value as Json;

use super::super::{Kwargs, Literal};
use super::{Comparison, Condition, RowCondition, text};
use crate::error::Result;

const KEY: &str = "row_condition";

impl RowCondition {
    /// Takes `row_condition` and `condition_parser`. Without a parser, text is SQL.
    pub(in crate::check) fn take(kwargs: &mut Kwargs<'_>) -> Result<Option<Self>> {
        let parser = kwargs.optional_text(&["condition_parser"])?;
        let Some(given) = kwargs.optional_json(KEY)? else {
            return Ok(None);
        };
        let wrong = |what: &str| Err(kwargs.mistake(KEY, what));
        match (given, parser.as_deref()) {
            (Json::String(sql), None | Some("spark" | "sql" | "spark_sql")) => {
                if sql.trim().is_empty() {
                    return wrong("is empty");
                }
                Ok(Some(RowCondition::Sql(sql)))
            }
            (
                Json::String(written),
                Some("pandas" | "great_expectations" | "great_expectations__experimental__"),
            ) => match text::parse(&written) {
                Ok(condition) => Ok(Some(RowCondition::Understood(condition))),
                Err(what) => Err(kwargs
                    .mistake(KEY, &format!("cannot be read: {what}"))
                    .hint("Write it as SQL and leave `condition_parser` out.")),
            },
            (Json::String(_), Some(other)) => Err(kwargs
                .mistake("condition_parser", &format!("cannot be `{other}`"))
                .hint("Use one of: pandas, great_expectations, spark; or leave it out for SQL.")),
            (object @ Json::Object(_), _) => match understood(&object) {
                Some(condition) => Ok(Some(condition)),
                None => wrong("is no condition of Great Expectations"),
            },
            _ => wrong("must be text"),
        }
    }
}

/// The nested form: `{"type": "comparison", "column": {"name": …}, "operator": …, "parameter": …}`.
fn understood(object: &Json) -> Option<RowCondition> {
    if object.get("type")? == "pass_through" {
        let written = object.get("pass_through_filter")?.as_str()?;
        return text::parse(written).ok().map(RowCondition::Understood);
    }
    condition(object).map(RowCondition::Understood)
}

fn condition(object: &Json) -> Option<Condition> {
    let column = || match object.get("column")? {
        Json::String(name) => Some(name.clone()),
        other => other.get("name")?.as_str().map(str::to_owned),
    };
    let inner = || {
        let conditions = object.get("conditions")?.as_array()?;
        conditions.iter().map(condition).collect::<Option<Vec<_>>>()
    };
    match object.get("type")?.as_str()? {
        "and" => inner().map(Condition::All),
        "or" => inner().map(Condition::Any),
        "nullity" => {
            let missing = Condition::Missing(column()?);
            Some(if object.get("is_null")?.as_bool()? {
                missing
            } else {
                Condition::Not(Box::new(missing))
            })
        }
        "comparison" => {
            let parameter = object.get("parameter")?;
            let column = column()?;
            let comparison = match object.get("operator")?.as_str()? {
                operator @ ("IN" | "NOT_IN") => {
                    let values = parameter.as_array()?.iter().map(Literal::from_json);
                    let among = Condition::Among {
                        column,
                        values: values.collect::<Option<_>>()?,
                    };
                    return Some(match operator {
                        "IN" => among,
                        _ => Condition::Not(Box::new(among)),
                    });
                }
                sign => Comparison::from_sign(sign)?,
            };
            Some(Condition::Compare {
                column,
                comparison,
                value: Literal::from_json(parameter)?,
            })
        }
        _ => None,
    }
}

impl Comparison {
    /// The comparison written like this in Python.
    pub(super) fn from_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            _ => return None,
        })
    }

    /// The same comparison with its sides exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::Greater => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
            same => same,
        }
    }
}
