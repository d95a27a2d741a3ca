//! Rules that compare a row with others, of its table or of another one. Rows are grouped first,
//! and each group counts for as many rows as it has.

use std::rc::Rc;

use super::column::{Class, TableColumn};
use super::row_test::{RowTest, count};
use super::step::{Ask, Change, Growth, Known, Since, Step};
use super::texts::needs_text;
use super::{Sql, Subject};
use crate::check::expectation::Ignore;
use crate::check::judge;
use crate::error::Result;
use crate::warehouse::{Relation, Value};

/// Column of a grouped source that holds the number of its rows; `#` keeps it apart.
pub(super) const ROWS: &str = "#rows";

impl Subject<'_> {
    /// Groups of equal values; missing keys are equal to each other.
    pub(super) fn groups(&self, columns: &[String]) -> Sql {
        let names = Sql::columns(columns);
        Sql::fill(
            "(SELECT {}, count(*) AS {} FROM {}{} GROUP BY {})",
            &[
                &names,
                &Sql::column(ROWS),
                &self.shape.sql(),
                &Sql::where_clause(self.condition.as_ref()),
                &names,
            ],
        )
    }

    /// Every member of a group of equal values breaks the rule.
    pub(super) fn unique(&self, column: &TableColumn) -> Step {
        let names = [column.name.clone()];
        let test = self.single(&names, column.missing());
        match column.class {
            // Grouping by a number costs no more than grouping by its hash.
            Class::Exact | Class::Floating | Class::Instant | Class::Boolean => {
                test.step(self.manner())
            }
            Class::Text | Class::Other => self.unless_all_differ(&names, test),
        }
    }

    pub(super) fn compound_unique(&self, names: &[String], ignore: Ignore) -> Result<Step> {
        let columns = self.shape.all(names)?;
        let test = self.single(names, ignored(&columns, ignore));
        Ok(self.unless_all_differ(names, test))
    }

    /// Groups by hashes first, which are smaller than texts or records. If none repeats, the values
    /// differ too; if one does, the values decide.
    fn unless_all_differ(&self, names: &[String], test: RowTest) -> Step {
        let [elements, left_out, _] = test.asks();
        let repeated = self.repeated(names, test.ignored.as_ref());
        let manner = self.manner();
        Step::Ask(
            vec![elements, left_out, repeated],
            Box::new(move |counts| {
                let counts = counts.iter().map(count).collect::<Result<Vec<u64>>>()?;
                match counts.as_slice() {
                    [elements, ignored, 0] => {
                        let verdict = judge::rows(&manner, *elements, Some(*ignored), 0);
                        Ok(Step::done(verdict))
                    }
                    _ => Ok(test.step(manner)),
                }
            }),
        )
    }

    /// By how many the rows exceed the different hashes of their values.
    fn repeated(&self, names: &[String], ignored: Option<&Sql>) -> Ask {
        let kept = ignored.map(|ignored| Sql::fill("NOT {}", &[ignored]));
        let kept = Sql::all([self.condition.as_ref(), kept.as_ref()]);
        let (columns, table) = (Sql::columns(names), self.shape.sql());
        let hashes = move |rows: Option<&Sql>| {
            let rows = Sql::where_clause(Sql::all([kept.as_ref(), rows]).as_ref());
            let pieces = [&columns, &table, &rows];
            Sql::fill("SELECT hash({}) AS hashed FROM {}{}", &pieces)
        };
        let grouped = |hashes: &Sql| {
            let template = "(SELECT count(*) - 1 AS more FROM ({}) GROUP BY hashed)";
            Sql::fill(template, &[hashes])
        };
        let sum = || Sql::new("coalesce(sum(more), 0)");
        let whole = Ask::of(&grouped(&hashes(None)), sum());
        // Of what differed, the rest still differs.
        let changes = move |since: &[Since], known: Known| {
            let Some(since) = since.first().filter(|_| known.value == 0) else {
                return Vec::new();
            };
            let new = hashes(Some(&since.later()));
            let old = hashes(Some(&since.earlier()));
            let again = Sql::fill(
                "(SELECT * FROM {} UNION ALL \
                 SELECT 1 FROM ({}) AS old SEMI JOIN ({}) AS new USING (hashed))",
                &[&grouped(&new), &old, &new],
            );
            vec![Change::UnlessZero(Ask::of(&again, sum()))]
        };
        whole.growing(Growth::Carried {
            changes: Rc::new(changes),
            kept: Vec::new(),
        })
    }

    fn single(&self, names: &[String], ignored: Sql) -> RowTest {
        let repeated = Sql::fill("{} > 1", &[&Sql::column(ROWS)]);
        let counted = Sql::fill("NOT {} AND {}", &[&ignored, &repeated]);
        let groups = self.groups(names);
        // Records are equal where their missing values are; a single value must be there.
        let record = match names {
            [name] => Sql::column(name),
            _ => Sql::fill("row({})", &[&Sql::columns(names)]),
        };
        RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(ignored),
            unexpected: Sql::fill(
                "{} IN (SELECT {} FROM {} WHERE {})",
                &[&record, &record, &groups, &repeated],
            ),
            shown: names.to_vec(),
            elements: None,
            tally: Some(Ask::of(&groups, rows_where(&counted))),
            examples: None,
        }
    }

    pub(super) fn exists_in(
        &self,
        column: &TableColumn,
        table: &Relation,
        to_column: &str,
    ) -> Step {
        let (to, listed) = (Sql::new(table.to_string()), listed(to_column));
        let found = Sql::fill(
            "{} IN (SELECT {} FROM {} AS listed WHERE {} IS NOT NULL)",
            &[&grouped(column), &listed, &to, &listed],
        );
        let tally = self.lonely(column, table, to_column);
        self.found(column, &found, Some(tally))
    }

    /// How many rows have a value that the other table lacks. That needs no groups: each row looks
    /// its value up.
    fn lonely(&self, column: &TableColumn, table: &Relation, to_column: &str) -> Ask {
        let (to, listed) = (Sql::new(table.to_string()), listed(to_column));
        let (value, own) = (column.sql.clone(), self.shape.sql());
        let present = self.present(column);
        let values = move |rows: Option<&Sql>| {
            let rows = Sql::where_clause(Sql::all([Some(&present), rows]).as_ref());
            Sql::fill("SELECT {} AS value FROM {}{}", &[&value, &own, &rows])
        };
        let targets = move |rows: Option<&Sql>| {
            let rows = Sql::where_clause(rows);
            let pieces = [&listed, &to, &rows];
            Sql::fill("SELECT {} AS value FROM {} AS listed{}", &pieces)
        };
        let lonely = |values: &Sql, targets: &Sql| {
            let template = "(({}) AS own ANTI JOIN ({}) AS other USING (value))";
            Sql::fill(template, &[values, targets])
        };
        let count = |source: &Sql| Ask::of(source, Sql::count(None));
        let whole = count(&lonely(&values(None), &targets(None)));
        let changes = move |since: &[Since], known: Known| {
            let [own, other] = since else {
                return Vec::new();
            };
            let new = values(Some(&own.later()));
            let gained = lonely(&new, &targets(None));
            if known.value == 0 {
                // Most rows came together with what they name.
                let recent = lonely(&new, &targets(Some(&other.later())));
                let gained = Change::By(count(&gained));
                return vec![Change::UnlessZero(count(&recent)), gained];
            }
            if known.has_lost {
                return Vec::new();
            }
            // Values that lacked theirs may have it now.
            let found = Sql::fill(
                "SELECT value FROM ({}) AS earlier SEMI JOIN ({}) AS later USING (value)",
                &[
                    &values(Some(&own.earlier())),
                    &targets(Some(&other.later())),
                ],
            );
            let found = lonely(&found, &targets(Some(&other.earlier())));
            vec![Change::By(Ask::difference(&gained, &found))]
        };
        whole.growing(Growth::Carried {
            changes: Rc::new(changes),
            kept: vec![table.clone()],
        })
    }

    /// The listed names are patterns: `*` stands for any characters, `?` for one.
    pub(super) fn known_tools(
        &self,
        column: &TableColumn,
        table: &Relation,
        known_column: &str,
        pattern: &str,
    ) -> Result<Step> {
        needs_text(column)?;
        let value = Sql::fill("CAST({} AS VARCHAR)", &[&grouped(column)]);
        let found = Sql::fill(
            "(regexp_matches({}, {}) OR EXISTS (SELECT 1 FROM {} AS listed WHERE {} GLOB {}))",
            &[
                &value,
                &Sql::value(Value::from(pattern)),
                &Sql::new(table.to_string()),
                &value,
                &listed(known_column),
            ],
        );
        Ok(self.found(column, &found, None))
    }

    /// Rows break the rule unless their value is found; `tally` counts them in a cheaper way.
    fn found(&self, column: &TableColumn, found: &Sql, tally: Option<Ask>) -> Step {
        let names = [column.name.clone()];
        let absent = Sql::fill(
            "(SELECT * FROM {} AS grouped WHERE NOT {} AND NOT {})",
            &[&self.groups(&names), &column.missing(), found],
        );
        let test = RowTest {
            source: None,
            condition: self.condition.clone(),
            ignored: Some(column.missing()),
            unexpected: Sql::fill(
                "{} IN (SELECT {} FROM {})",
                &[&column.sql, &column.sql, &absent],
            ),
            shown: names.to_vec(),
            elements: None,
            tally: Some(tally.unwrap_or_else(|| Ask::of(&absent, rows_where(&Sql::new("true"))))),
            examples: None,
        };
        test.step(self.manner())
    }
}

/// Number of rows in the groups that meet a condition.
pub(super) fn rows_where(condition: &Sql) -> Sql {
    Sql::fill(
        "coalesce(sum({}) FILTER (WHERE {}), 0)",
        &[&Sql::column(ROWS), condition],
    )
}

/// Rows that a rule over several columns leaves out.
pub(super) fn ignored(columns: &[TableColumn], ignore: Ignore) -> Sql {
    let missing: Vec<Sql> = columns.iter().map(TableColumn::missing).collect();
    let separator = match ignore {
        Ignore::AllMissing => " AND ",
        Ignore::AnyMissing => " OR ",
        Ignore::Never => return Sql::new("false"),
    };
    Sql::fill("({})", &[&Sql::join(&missing, separator)])
}

/// The column among the groups, whatever another table calls its own.
fn grouped(column: &TableColumn) -> Sql {
    Sql::fill("grouped.{}", &[&column.sql])
}

/// A column of the other table.
fn listed(column: &str) -> Sql {
    Sql::fill("listed.{}", &[&Sql::column(column)])
}
