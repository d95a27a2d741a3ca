//! Names of relations, always quoted when they become SQL.

use std::fmt;

/// An identifier in double quotes.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes, for statements that take no parameters.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A table or view of the warehouse. Displays quoted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// Attached database, unquoted; `None` is the one the connection was opened on.
    pub database: Option<String>,
    /// Schema name, unquoted.
    pub schema: String,
    /// Table or view name, unquoted.
    pub name: String,
    /// What stands for it in a query instead of its name: files, or a function that reads them.
    pub read_from: Option<String>,
}

impl Relation {
    /// A relation of the own database from unquoted names.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            database: None,
            schema: schema.into(),
            name: name.into(),
            read_from: None,
        }
    }

    /// The same relation in another database.
    #[must_use]
    pub fn in_database(self, database: Option<String>) -> Self {
        Self { database, ..self }
    }

    /// The same relation, read by another text than its name.
    #[must_use]
    pub fn read_from(self, read_from: Option<String>) -> Self {
        Self { read_from, ..self }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.read_from {
            return f.write_str(text);
        }
        if let Some(database) = &self.database {
            write!(f, "{}.", quote(database))?;
        }
        write!(f, "{}.{}", quote(&self.schema), quote(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_names_are_doubled() {
        assert_eq!(Relation::new("a\"b", "c").to_string(), "\"a\"\"b\".\"c\"");
        let other = Relation::new("b", "c").in_database(Some("a".to_owned()));
        assert_eq!(other.to_string(), "\"a\".\"b\".\"c\"");
    }
}
