//! Columns by what can be asked of them.

use super::Sql;
use crate::warehouse::Column;

/// Kinds of values that compare among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Class {
    /// Integers and decimals.
    Exact,
    /// FLOAT and DOUBLE.
    Floating,
    /// VARCHAR, ENUM, UUID, JSON.
    Text,
    /// BOOLEAN.
    Boolean,
    /// DATE and all TIMESTAMPs.
    Instant,
    /// Anything else.
    Other,
}

/// A column of a table.
#[derive(Clone)]
pub(in crate::check) struct TableColumn {
    /// The column.
    pub sql: Sql,
    /// Its name.
    pub name: String,
    /// Its type, as DuckDB prints it.
    pub type_name: String,
    /// Its kind.
    pub class: Class,
}

impl TableColumn {
    pub(in crate::check) fn new(column: &Column) -> Self {
        Self {
            sql: Sql::column(&column.name),
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            class: class(&column.type_name),
        }
    }

    /// A column of texts as one of times.
    pub(super) fn into_time(self) -> Self {
        Self {
            sql: Sql::fill("CAST({} AS TIMESTAMP)", &[&self.sql]),
            type_name: "TIMESTAMP".to_owned(),
            class: Class::Instant,
            ..self
        }
    }

    /// Whether a row has no value: NULL, and NaN too.
    pub(in crate::check) fn missing(&self) -> Sql {
        match self.class {
            Class::Floating => Sql::fill("({} IS NULL OR isnan({}))", &[&self.sql, &self.sql]),
            _ => Sql::fill("({} IS NULL)", &[&self.sql]),
        }
    }

    /// A column of yes and no as one of 1 and 0.
    pub(super) fn counted(self) -> Self {
        match self.class {
            Class::Boolean => Self {
                sql: Sql::fill("CAST({} AS INTEGER)", &[&self.sql]),
                class: Class::Exact,
                ..self
            },
            _ => self,
        }
    }

    /// Whether it holds integers of at most 64 bits.
    pub(super) fn is_integer(&self) -> bool {
        let is_wide = ["HUGEINT", "UHUGEINT"].contains(&self.type_name.as_str());
        self.class == Class::Exact && !is_wide && !self.type_name.starts_with("DECIMAL")
    }

    /// The numbers as doubles.
    pub(super) fn double(&self) -> Sql {
        Sql::fill("CAST({} AS DOUBLE)", &[&self.sql])
    }

    /// The values as text.
    pub(in crate::check) fn text(&self) -> Sql {
        Sql::fill("CAST({} AS VARCHAR)", &[&self.sql])
    }
}

fn class(type_name: &str) -> Class {
    if type_name.ends_with(']') {
        return Class::Other;
    }
    let head = type_name.split('(').next().unwrap_or(type_name);
    match head {
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT"
        | "UINTEGER" | "UBIGINT" | "UHUGEINT" | "DECIMAL" => Class::Exact,
        "FLOAT" | "DOUBLE" => Class::Floating,
        "VARCHAR" | "ENUM" | "UUID" | "JSON" => Class::Text,
        "BOOLEAN" => Class::Boolean,
        "DATE" => Class::Instant,
        _ if head.starts_with("TIMESTAMP") => Class::Instant,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_class() {
        assert_eq!(class("DECIMAL(18,6)"), Class::Exact);
        assert_eq!(class("ENUM('a', 'b')"), Class::Text);
        assert_eq!(class("TIMESTAMP WITH TIME ZONE"), Class::Instant);
        assert_eq!(class("VARCHAR[]"), Class::Other);
        assert_eq!(class("TIME"), Class::Other);
    }
}
