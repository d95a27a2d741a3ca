//! A column as templates see it, and `api.Column`.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::fault::fault;
use crate::warehouse::quote;

/// Length of a text that declares none, to dbt.
const TEXT_SIZE: i64 = 256;

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnValue {
    pub name: String,
    /// Type as the engine prints it.
    pub data_type: String,
}

impl ColumnValue {
    fn is(&self, names: &[&str]) -> bool {
        let kind = self.data_type.to_lowercase();
        let kind = kind.split_once('(').map_or(kind.as_str(), |(kind, _)| kind);
        names.contains(&kind)
    }

    fn is_text(&self) -> bool {
        self.is(&[
            "text",
            "varchar",
            "character varying",
            "character",
            "char",
            "string",
        ])
    }

    fn is_integer(&self) -> bool {
        self.is(&[
            "smallint",
            "integer",
            "bigint",
            "smallserial",
            "serial",
            "bigserial",
            "int2",
            "int4",
            "int8",
            "serial2",
            "serial4",
            "serial8",
            "tinyint",
            "hugeint",
            "utinyint",
            "usmallint",
            "uinteger",
            "ubigint",
            "int",
        ])
    }

    fn is_decimal(&self) -> bool {
        self.is(&["numeric", "decimal"])
    }

    fn is_float(&self) -> bool {
        self.is(&[
            "real",
            "float4",
            "float",
            "double precision",
            "float8",
            "double",
        ])
    }

    /// The type as dbt writes it: texts with their length.
    fn full_type(&self) -> String {
        if !self.is_text() {
            return self.data_type.clone();
        }
        let size = self.sizes().first().copied().unwrap_or(TEXT_SIZE);
        format!("character varying({size})")
    }

    /// Numbers in the parentheses of the type.
    fn sizes(&self) -> Vec<i64> {
        let inside = self.data_type.split_once('(').map_or("", |(_, rest)| rest);
        let inside = inside.split_once(')').map_or(inside, |(inside, _)| inside);
        inside
            .split(',')
            .filter_map(|part| part.trim().parse().ok())
            .collect()
    }
}

impl Object for ColumnValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let base = self
            .data_type
            .split_once('(')
            .map_or(self.data_type.as_str(), |(kind, _)| kind);
        Some(match key.as_str()? {
            "name" | "column" => Value::from(self.name.as_str()),
            "quoted" => Value::from(quote(&self.name)),
            "dtype" => Value::from(base),
            "data_type" => Value::from(self.full_type()),
            "char_size" => Value::from(self.sizes().first().copied().filter(|_| self.is_text())),
            "numeric_precision" => {
                Value::from(self.sizes().first().copied().filter(|_| self.is_decimal()))
            }
            "numeric_scale" => {
                Value::from(self.sizes().get(1).copied().filter(|_| self.is_decimal()))
            }
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        Ok(match method {
            "is_string" => Value::from(self.is_text()),
            "is_integer" => Value::from(self.is_integer()),
            "is_numeric" => Value::from(self.is_decimal()),
            "is_float" => Value::from(self.is_float()),
            "is_number" => Value::from(self.is_integer() || self.is_decimal() || self.is_float()),
            "string_size" => Value::from(self.sizes().first().copied().unwrap_or(TEXT_SIZE)),
            "can_expand_to" => {
                let (other,): (Value,) = from_args(args)?;
                let other = other.downcast_object_ref::<Self>();
                let size = |column: &Self| column.sizes().first().copied().unwrap_or(TEXT_SIZE);
                Value::from(other.is_some_and(|other| {
                    self.is_text() && other.is_text() && size(other) > size(self)
                }))
            }
            "literal" => {
                let (value,): (Value,) = from_args(args)?;
                Value::from(format!("{value}::{}", self.full_type()))
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn custom_cmp(
        self: &Arc<Self>,
        other: &minijinja::value::DynObject,
    ) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some((&self.name, &self.data_type).cmp(&(&other.name, &other.data_type)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Column {} ({})>", self.name, self.data_type)
    }
}

/// `api.Column`.
#[derive(Debug)]
pub(super) struct ColumnClass;

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (name, kind, size, precision, kwargs): (
            Option<String>,
            Option<String>,
            Option<Value>,
            Option<Value>,
            Kwargs,
        ) = from_args(args)?;
        let _sizes = (size, precision);
        let name = name.or(kwargs.get("column")?);
        let kind = kind.or(kwargs.get("dtype")?);
        Ok(Value::from_object(ColumnValue {
            name: name.ok_or_else(|| fault("a column needs a name", ""))?,
            data_type: kind.unwrap_or_default(),
        }))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "create" => self.call(state, args),
            "translate_type" => {
                let (kind,): (String,) = from_args(args)?;
                Ok(match kind.to_uppercase().as_str() {
                    "STRING" => Value::from("TEXT"),
                    _ => Value::from(kind),
                })
            }
            "string_type" => {
                let (size,): (Option<i64>,) = from_args(args)?;
                Ok(Value::from(format!(
                    "character varying({})",
                    size.unwrap_or(TEXT_SIZE)
                )))
            }
            "numeric_type" => {
                let (kind, precision, scale): (String, Option<i64>, Option<i64>) = from_args(args)?;
                Ok(Value::from(match (precision, scale) {
                    (Some(precision), Some(scale)) => format!("{kind}({precision},{scale})"),
                    _ => kind,
                }))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
