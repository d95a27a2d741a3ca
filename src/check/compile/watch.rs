//! Rules about time and kinds: fresh, without gaps, known.

use super::column::{Class, TableColumn};
use super::groups::{ROWS, rows_where};
use super::row_test::RowTest;
use super::step::{Ask, Examples, Step};
use super::{Sql, Subject};
use crate::check::expectation::{Against, WatchRule};
use crate::error::{Error, Result};
use crate::warehouse::{Relation, Value};

/// Column with the row before, in time.
const PREVIOUS: &str = "#previous";

impl Subject<'_> {
    pub(super) fn watched(&self, rule: &WatchRule) -> Result<Step> {
        match rule {
            WatchRule::Fresh {
                timestamp,
                max_age_micros,
                groups,
                against,
            } => self.fresh(timestamp, *max_age_micros, groups, *against),
            WatchRule::Gaps {
                timestamp,
                max_gap_micros,
                groups,
            } => self.gaps(timestamp, *max_gap_micros, groups),
            WatchRule::KnownKinds {
                columns,
                known,
                version,
            } => self.known_kinds(columns, known, version.as_deref()),
            WatchRule::KnownKeys {
                column,
                known,
                known_column,
            } => self.known_keys(column, known, known_column),
            WatchRule::DailyRows { timestamp, manner } => self.daily_rows(timestamp, manner),
            WatchRule::Usual { measure, manner } => self.usual(measure, manner),
            WatchRule::SameColumns { allow_new } => self.same_columns(*allow_new),
        }
    }

    /// One row for each group, with its newest time.
    fn fresh(
        &self,
        timestamp: &str,
        max_age_micros: i64,
        groups: &[String],
        against: Against,
    ) -> Result<Step> {
        let timestamp = self.instant(timestamp)?;
        self.shape.all(groups)?;
        let newest = Sql::fill("max({})", &[&timestamp.sql]);
        let filter = Sql::where_clause(self.condition.as_ref());
        let source = match groups {
            [] => Sql::fill(
                "(SELECT {} AS newest FROM {}{})",
                &[&newest, &self.shape.sql(), &filter],
            ),
            groups => {
                let names = Sql::columns(groups);
                Sql::fill(
                    "(SELECT {}, {} AS newest FROM {}{} GROUP BY {})",
                    &[&names, &newest, &self.shape.sql(), &filter, &names],
                )
            }
        };
        let reference = match against {
            Against::Now => Sql::value(Value::from(self.shape.checked_at)),
            Against::Newest => Sql::fill(
                "(SELECT epoch_us(max({})) FROM {}{})",
                &[&timestamp.sql, &self.shape.sql(), &filter],
            ),
        };
        let test = RowTest {
            source: Some(source),
            condition: None,
            ignored: None,
            // Without any time, nothing is fresh.
            unexpected: Sql::fill(
                "coalesce({} - epoch_us(newest) > {}, true)",
                &[&reference, &Sql::value(Value::from(max_age_micros))],
            ),
            // All columns of the source.
            shown: Vec::new(),
            elements: None,
            tally: None,
            examples: None,
        };
        Ok(test.step(self.manner()))
    }

    fn gaps(&self, timestamp: &str, max_gap_micros: i64, groups: &[String]) -> Result<Step> {
        let timestamp = self.instant(timestamp)?;
        self.shape.all(groups)?;
        let partition = match groups {
            [] => Sql::default(),
            groups => Sql::fill("PARTITION BY {} ", &[&Sql::columns(groups)]),
        };
        let source = Sql::fill(
            "(SELECT *, lag({}) OVER ({}ORDER BY {}) AS {} FROM {} WHERE {} IS NOT NULL)",
            &[
                &timestamp.sql,
                &partition,
                &timestamp.sql,
                &Sql::column(PREVIOUS),
                &self.table_rows(),
                &timestamp.sql,
            ],
        );
        let shown = groups.iter().cloned();
        let test = RowTest {
            source: Some(source),
            condition: None,
            ignored: None,
            unexpected: Sql::fill(
                "coalesce(epoch_us({}) - epoch_us({}) > {}, false)",
                &[
                    &timestamp.sql,
                    &Sql::column(PREVIOUS),
                    &Sql::value(Value::from(max_gap_micros)),
                ],
            ),
            shown: shown
                .chain([PREVIOUS.to_owned(), timestamp.name.clone()])
                .collect(),
            elements: None,
            tally: None,
            examples: None,
        };
        Ok(test.step(self.manner()))
    }

    /// Groups of equal kinds, each with the oldest version that wrote it.
    fn known_kinds(
        &self,
        names: &[String],
        known: &Relation,
        version: Option<&str>,
    ) -> Result<Step> {
        let columns = self.shape.all(names)?;
        let matched: Vec<Sql> = columns
            .iter()
            .map(|column| {
                Sql::fill(
                    "coalesce(CAST(grouped.{} AS VARCHAR), '') GLOB coalesce(CAST(listed.{} AS VARCHAR), '')",
                    &[&column.sql, &column.sql],
                )
            })
            .collect();
        let since = match version {
            Some(version) => first_version(&self.shape.column(version)?),
            None => Sql::new("NULL"),
        };
        let list = Sql::columns(names);
        let filter = Sql::where_clause(self.condition.as_ref());
        let groups = Sql::fill(
            "(SELECT {}, {} AS since, count(*) AS {} FROM {}{} GROUP BY {})",
            &[
                &list,
                &since,
                &Sql::column(ROWS),
                &self.shape.sql(),
                &filter,
                &list,
            ],
        );
        let unknown = Sql::fill(
            "(SELECT * FROM {} AS grouped WHERE NOT EXISTS (SELECT 1 FROM {} AS listed WHERE {}))",
            &[
                &groups,
                &Sql::new(known.to_string()),
                &Sql::join(&matched, " AND "),
            ],
        );
        let test = RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: None,
            unexpected: Sql::new("false"),
            shown: names.to_vec(),
            elements: None,
            tally: Some(Ask::of(&unknown, rows_where(&Sql::new("true")))),
            examples: Some(Examples {
                source: Some(unknown),
                breaking: None,
                shown: Vec::new(),
                sorted: true,
            }),
        };
        Ok(test.step(self.manner()))
    }

    fn known_keys(&self, column: &str, known: &Relation, known_column: &str) -> Result<Step> {
        let column = self.shape.column(column)?;
        super::texts::needs_text(&column)?;
        let text = column.text();
        let present = Sql::fill("json_valid({})", &[&text]);
        let rows = Sql::all([self.condition.as_ref(), Some(&present)]);
        let source = Sql::fill(
            "(SELECT unnest(json_keys({})) AS key FROM {}{})",
            &[&text, &self.shape.sql(), &Sql::where_clause(rows.as_ref())],
        );
        let listed = Sql::column(known_column);
        let test = RowTest {
            source: Some(Sql::fill(
                "(SELECT key, count(*) AS {} FROM {} GROUP BY key)",
                &[&Sql::column(ROWS), &source],
            )),
            condition: None,
            ignored: None,
            unexpected: Sql::fill(
                "coalesce(key NOT IN (SELECT {} FROM {} WHERE {} IS NOT NULL), false)",
                &[&listed, &Sql::new(known.to_string()), &listed],
            ),
            shown: Vec::new(),
            elements: None,
            tally: None,
            examples: None,
        };
        Ok(test.step(self.manner()))
    }

    pub(super) fn instant(&self, name: &str) -> Result<TableColumn> {
        let column = self.shape.column(name)?;
        if column.class == Class::Instant {
            return Ok(column);
        }
        Err(Error::data(format!(
            "`{name}` is {}, not a time",
            column.type_name
        )))
    }
}

/// Versions are numbers between dots: 2.1.9 is before 2.1.42.
fn first_version(version: &TableColumn) -> Sql {
    let text = version.text();
    Sql::fill(
        "arg_min({}, list_transform(string_split({}, '.'), lambda part: TRY_CAST(part AS INTEGER)))",
        &[&text, &text],
    )
}
