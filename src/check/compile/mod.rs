//! From expectations to SQL.
//!
//! A rule about rows becomes conditions, from which `evaluate` makes three counts: rows considered,
//! rows left out, rows that break the rule. Conditions on the columns of the table itself share one
//! scan; rules that need groups, windows or other tables bring a source of their own. Values always
//! travel as parameters; row conditions and queries of suites are SQL of the project and are taken
//! as they are.

mod column;
mod query;
mod rows;
mod session;
mod sql;
mod values;

pub(super) use column::{Class, TableColumn};
pub(super) use sql::Sql;

use super::expectation::{Expectation, Range, Rule, TypeName};
use crate::error::{Error, Result, nearest};
use crate::warehouse::{Column, Relation};

/// How an expectation is answered.
pub(super) enum Plan {
    /// By the columns of the table, without reading it.
    Decided {
        /// Whether it is met.
        success: bool,
        /// What was found.
        observed: String,
    },
    /// By counting rows.
    Rows(RowTest),
    /// By the number of rows.
    RowCount {
        /// Rows counted.
        condition: Option<Sql>,
        /// Numbers accepted.
        range: Range,
    },
    /// By a query that should return nothing.
    NoRows {
        /// The query.
        query: Sql,
    },
    /// By two queries that should return the same value.
    Agree {
        /// One.
        left: Sql,
        /// The other.
        right: Sql,
        /// Difference of numbers allowed.
        tolerance: f64,
    },
}

/// Conditions that count the rows of a source. Each is true or false for every row, never null.
pub(super) struct RowTest {
    /// Where the rows come from; `None` is the table itself.
    pub source: Option<Sql>,
    /// Column with the number of rows that a row of the source stands for.
    pub weight: Option<Sql>,
    /// Rows considered, unless the source has only those.
    pub condition: Option<Sql>,
    /// Of these, rows left out: missing values.
    pub ignored: Option<Sql>,
    /// Of the others, rows that break the rule.
    pub unexpected: Sql,
    /// Columns that show such a row.
    pub shown: Vec<String>,
}

impl RowTest {
    /// Rows considered, left out and unexpected, as aggregates.
    pub(in crate::check) fn counts(&self) -> [Sql; 3] {
        let condition = self.condition.as_ref();
        let ignored = self.ignored.as_ref();
        let left_out = match ignored {
            Some(ignored) => self.count(Sql::all([condition, Some(ignored)]).as_ref()),
            None => Sql::new("0"),
        };
        [
            self.count(condition),
            left_out,
            self.count(self.breaking().as_ref()),
        ]
    }

    fn count(&self, condition: Option<&Sql>) -> Sql {
        let rows = match &self.weight {
            Some(weight) => Sql::fill("sum({})", &[weight]),
            None => Sql::new("count(*)"),
        };
        let filter = condition.map_or_else(Sql::default, |condition| {
            Sql::fill(" FILTER (WHERE {})", &[condition])
        });
        Sql::fill("coalesce({}{}, 0)", &[&rows, &filter])
    }

    fn breaking(&self) -> Option<Sql> {
        let counted = self
            .ignored
            .as_ref()
            .map(|ignored| Sql::fill("NOT {}", &[ignored]));
        Sql::all([
            self.condition.as_ref(),
            counted.as_ref(),
            Some(&self.unexpected),
        ])
    }

    /// The first rows that break the rule: in the order of the table, or sorted, so that two checks
    /// of the same data show the same.
    pub(in crate::check) fn sample(&self, table: &Relation, limit: usize) -> Sql {
        let table = Sql::new(table.to_string());
        let order = if self.source.is_some() {
            " ORDER BY ALL"
        } else {
            ""
        };
        Sql::fill(
            &format!("SELECT {{}} FROM {{}}{{}}{order} LIMIT {limit}"),
            &[
                &Sql::columns(&self.shown),
                self.source.as_ref().unwrap_or(&table),
                &Sql::where_clause(self.breaking().as_ref()),
            ],
        )
    }
}

/// A table of the warehouse, as it is now.
pub(super) struct Shape {
    /// Which.
    pub relation: Relation,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

impl Shape {
    /// The column of exactly this name.
    fn column(&self, name: &str) -> Result<TableColumn> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(TableColumn::new).ok_or_else(|| {
            let place = format!("{}.{}", self.relation.schema, self.relation.name);
            let error = Error::data(format!("there is no column `{name}` in {place}"));
            match nearest(name, self.columns.iter().map(|column| column.name.as_str())) {
                Some(close) => error.hint(format!("Did you mean `{close}`?")),
                None => error,
            }
        })
    }

    fn all(&self, names: &[String]) -> Result<Vec<TableColumn>> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn sql(&self) -> Sql {
        Sql::new(self.relation.to_string())
    }
}

/// What is compiled: an expectation and the table it is about.
struct Subject<'a> {
    shape: &'a Shape,
    condition: Option<Sql>,
}

/// How the expectation is answered.
///
/// # Errors
/// `DataInvalid` if the table does not have its columns or they are of a type the rule cannot judge.
pub(super) fn compile(expectation: &Expectation, shape: Option<&Shape>) -> Result<Plan> {
    if let Rule::QueriesAgree {
        left,
        right,
        tolerance,
    } = &expectation.rule
    {
        return Ok(query::agree(shape, left, right, *tolerance));
    }
    let shape = shape.ok_or_else(|| Error::bug("an expectation without its table"))?;
    // The line feed ends a trailing comment of the condition.
    let condition = expectation
        .row_condition
        .as_ref()
        .map(|text| Sql::new(format!("{text}\n")));
    Subject { shape, condition }.plan(&expectation.rule)
}

impl Subject<'_> {
    fn plan(&self, rule: &Rule) -> Result<Plan> {
        Ok(match rule {
            Rule::ColumnExists { column, index } => self.column_exists(column, *index),
            Rule::OfType { column, accepted } => self.of_type(column, accepted)?,
            Rule::Unique { column } => self.unique(column)?,
            Rule::NotNull { column } => self.not_null(column)?,
            Rule::Null { column } => self.null(column)?,
            Rule::InSet {
                column,
                values,
                negated,
            } => self.in_set(column, values.as_deref(), *negated)?,
            Rule::Between { column, range } => self.between(column, range)?,
            Rule::MatchesRegex { column, regex } => self.matches_regex(column, regex)?,
            Rule::PairGreater {
                a,
                b,
                or_equal,
                ignore,
            } => self.pair_greater(a, b, *or_equal, *ignore)?,
            Rule::CompoundUnique { columns, ignore } => self.compound_unique(columns, *ignore)?,
            Rule::ExistsIn {
                column,
                to_table,
                to_column,
            } => self.exists_in(column, to_table, to_column)?,
            Rule::RowCountBetween { range } => Plan::RowCount {
                condition: self.condition.clone(),
                range: range.clone(),
            },
            Rule::RowCountEquals { other } => self.row_count_equals(other),
            Rule::NoRows { query } => self.no_rows(query),
            Rule::KnownTools {
                column,
                known_table,
                known_column,
                pattern,
            } => self.known_tools(column, known_table, known_column, pattern)?,
            Rule::OrderedTimestamps {
                order,
                timestamp,
                tolerance_micros,
            } => self.ordered_timestamps(order, timestamp, *tolerance_micros)?,
            Rule::Alternation {
                order,
                role,
                human,
                assistant,
            } => self.alternation(order, role, human, assistant)?,
            Rule::FilePath {
                column,
                allow_relative,
            } => self.file_path(column, *allow_relative)?,
            Rule::QueriesAgree { .. } => {
                return Err(Error::bug("a comparison of queries has no table"));
            }
        })
    }

    fn column_exists(&self, column: &str, index: Option<usize>) -> Plan {
        let place = self
            .shape
            .columns
            .iter()
            .position(|found| found.name == column);
        Plan::Decided {
            success: place.is_some() && (index.is_none() || place == index),
            observed: place.map_or_else(|| "missing".to_owned(), |place| format!("column {place}")),
        }
    }

    fn of_type(&self, column: &str, accepted: &TypeName) -> Result<Plan> {
        let column = self.shape.column(column)?;
        Ok(Plan::Decided {
            success: accepted.accepts(&column.type_name),
            observed: column.type_name,
        })
    }

    /// The table's rows under the row condition.
    fn table_rows(&self) -> Sql {
        let filter = Sql::where_clause(self.condition.as_ref());
        Sql::fill("(SELECT * FROM {}{})", &[&self.shape.sql(), &filter])
    }
}
