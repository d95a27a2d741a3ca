//! Rules that are SQL of the project.

use super::{Plan, Shape, Sql, Subject};
use crate::warehouse::Relation;

impl Subject<'_> {
    /// `{table}` (also `{batch}`) stands for the table, or its rows under the row condition.
    pub(super) fn no_rows(&self, query: &str) -> Plan {
        let table = match self.condition {
            Some(_) => self.table_rows(),
            None => self.shape.sql(),
        };
        Plan::NoRows {
            query: Sql {
                text: with_table(query, &table.text),
                values: table.values,
            },
        }
    }

    pub(super) fn row_count_equals(&self, other: &Relation) -> Plan {
        let filter = Sql::where_clause(self.condition.as_ref());
        Plan::Agree {
            left: Sql::fill("SELECT count(*) FROM {}{}", &[&self.shape.sql(), &filter]),
            right: Sql::new(format!("SELECT count(*) FROM {other}")),
            tolerance: 0.0,
        }
    }
}

/// Two queries of one value each.
pub(super) fn agree(shape: Option<&Shape>, left: &str, right: &str, tolerance: f64) -> Plan {
    let place = |query: &str| match shape {
        Some(shape) => Sql::new(with_table(query, &shape.relation.to_string())),
        None => Sql::new(with_table(query, "{table}")),
    };
    Plan::Agree {
        left: place(left),
        right: place(right),
        tolerance,
    }
}

fn with_table(query: &str, table: &str) -> String {
    let query = query.trim().trim_end_matches(';');
    query.replace("{table}", table).replace("{batch}", table)
}
