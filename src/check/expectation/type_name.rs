//! Names of types in suites: DuckDB's own, its aliases, and those of pandas.

/// Types of DuckDB that `expect_column_values_to_be_of_type` accepts under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct TypeName {
    /// As written.
    given: String,
    /// As DuckDB prints them.
    accepted: Vec<String>,
}

const TIMESTAMPS: &[&str] = &[
    "TIMESTAMP",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
    "TIMESTAMP_NS",
    "TIMESTAMP WITH TIME ZONE",
];

/// Name in upper case, and the types it stands for.
const NAMES: &[(&str, &[&str])] = &[
    ("DATETIME64", TIMESTAMPS),
    ("DATETIME64[NS]", TIMESTAMPS),
    ("DATETIME64[US]", TIMESTAMPS),
    ("INT64", &["BIGINT"]),
    ("INT32", &["INTEGER"]),
    ("INT16", &["SMALLINT"]),
    ("FLOAT64", &["DOUBLE"]),
    ("FLOAT32", &["FLOAT"]),
    ("STR", &["VARCHAR"]),
    ("OBJECT", &["VARCHAR"]),
    ("BOOL", &["BOOLEAN"]),
    ("LOGICAL", &["BOOLEAN"]),
    ("BOOLEAN", &["BOOLEAN"]),
    ("TINYINT", &["TINYINT"]),
    ("SMALLINT", &["SMALLINT"]),
    ("INT", &["INTEGER"]),
    ("INTEGER", &["INTEGER"]),
    ("BIGINT", &["BIGINT"]),
    ("HUGEINT", &["HUGEINT"]),
    ("UTINYINT", &["UTINYINT"]),
    ("USMALLINT", &["USMALLINT"]),
    ("UINTEGER", &["UINTEGER"]),
    ("UBIGINT", &["UBIGINT"]),
    ("UHUGEINT", &["UHUGEINT"]),
    ("FLOAT", &["FLOAT"]),
    ("REAL", &["FLOAT"]),
    ("DOUBLE", &["DOUBLE"]),
    ("DECIMAL", &["DECIMAL"]),
    ("NUMERIC", &["DECIMAL"]),
    ("VARCHAR", &["VARCHAR"]),
    ("TEXT", &["VARCHAR"]),
    ("STRING", &["VARCHAR"]),
    ("CHAR", &["VARCHAR"]),
    ("BLOB", &["BLOB"]),
    ("UUID", &["UUID"]),
    ("JSON", &["JSON"]),
    ("DATE", &["DATE"]),
    ("TIME", &["TIME"]),
    ("TIMESTAMP", &["TIMESTAMP"]),
    ("DATETIME", &["TIMESTAMP"]),
    ("TIMESTAMP_S", &["TIMESTAMP_S"]),
    ("TIMESTAMP_MS", &["TIMESTAMP_MS"]),
    ("TIMESTAMP_NS", &["TIMESTAMP_NS"]),
    ("TIMESTAMPTZ", &["TIMESTAMP WITH TIME ZONE"]),
    ("TIMESTAMP WITH TIME ZONE", &["TIMESTAMP WITH TIME ZONE"]),
    ("INTERVAL", &["INTERVAL"]),
    ("LIST", &["LIST"]),
    ("STRUCT", &["STRUCT"]),
    ("MAP", &["MAP"]),
    ("ENUM", &["ENUM"]),
];

impl TypeName {
    /// Understands a name; types with parameters are compared as they are written.
    ///
    /// # Errors
    /// The known names, if this is none of them.
    pub(in crate::check) fn parse(given: &str) -> Result<Self, Vec<&'static str>> {
        let upper = given.trim().to_uppercase();
        let named = NAMES.iter().find(|(name, _)| *name == upper);
        let accepted = match named {
            Some((_, types)) => types.iter().map(|&name| name.to_owned()).collect(),
            None if upper.ends_with([')', ']']) => vec![upper],
            None => return Err(NAMES.iter().map(|(name, _)| *name).collect()),
        };
        Ok(Self {
            given: given.trim().to_owned(),
            accepted,
        })
    }

    /// Whether a column of this type (as DuckDB prints it) is accepted.
    pub(in crate::check) fn accepts(&self, type_name: &str) -> bool {
        let full = squeeze(&type_name.to_uppercase());
        let family = match full.split_once('(') {
            _ if full.ends_with(']') => "LIST",
            Some((head, _)) => head,
            None => full.as_str(),
        };
        self.accepted
            .iter()
            .any(|name| *name == family || squeeze(name) == full)
    }
}

/// `DECIMAL(18, 6)` and `DECIMAL(18,6)` are the same type.
fn squeeze(name: &str) -> String {
    name.replace(", ", ",")
}

impl std::fmt::Display for TypeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_duckdb_and_pandas_are_understood() {
        let accepts =
            |name: &str, actual: &str| TypeName::parse(name).expect("known").accepts(actual);
        assert!(accepts("datetime64", "TIMESTAMP"));
        assert!(accepts("datetime64[ns]", "TIMESTAMP WITH TIME ZONE"));
        assert!(!accepts("datetime64", "DATE"));
        assert!(!accepts("TIMESTAMP", "TIMESTAMP_NS"));
        assert!(accepts("text", "VARCHAR"));
        assert!(accepts("decimal", "DECIMAL(18,6)"));
        assert!(accepts("DECIMAL(18, 6)", "DECIMAL(18,6)"));
        assert!(!accepts("DECIMAL(18,6)", "DECIMAL(18,3)"));
        assert!(accepts("VARCHAR[]", "VARCHAR[]"));
        assert!(!accepts("VARCHAR", "VARCHAR[]"));
        assert!(!accepts("STRUCT", "STRUCT(a INTEGER)[]"));
        assert!(TypeName::parse("TIMESTAMPP").is_err());
    }
}
