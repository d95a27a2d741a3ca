//! Large facts, period by period: the periods that did not change are copied as they are encoded.
//!
//! A fact says of each row on which day it is (`date_key`) and which load wrote it
//! (`_load_id`). Rows are only ever replaced by rows of a later load, so a period with as many rows
//! of the loads before as it had then still holds them. Its row groups are copied byte by byte from
//! the file before, and only rows of later loads are read from the warehouse and encoded. A period
//! that lost rows, or came to many row groups, is encoded as a whole. The result is one file, as
//! for every relation.
//!
//! The latest days, where nearly all new rows fall, are periods of their own; what is older goes by
//! months.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use serde::{Deserialize, Serialize};

use super::relations::Published;
use crate::error::{Error, IoContext, Result};
use crate::warehouse::{Connection, Periods, Relation, Value, literal};

/// Day of a row.
const DAY: &str = "date_key";
/// Load that wrote a row.
const LOAD: &str = "_load_id";

/// Row groups of a period to which another one is added.
const ROW_GROUPS: usize = 16;

/// So many of the latest days with rows, counted back from the newest, are periods of their own.
const SINGLE_DAYS: i64 = 3;

/// Consecutive row groups of a file: the rows of one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// Its first and last day, as 2025-01-31; `None` for rows without a day.
    pub days: Option<(String, String)>,
    /// Its rows.
    pub rows: u64,
    /// The latest load among them.
    pub load_id: Option<i64>,
    /// Its row groups.
    pub row_groups: usize,
}

/// Whether a relation has periods that can be told apart.
pub(super) fn has_parts(relation: &Published) -> bool {
    let has = |name: &str, type_name: &str| {
        let mut columns = relation.columns.iter();
        columns.any(|column| column.name == name && column.type_name == type_name)
    };
    !relation.is_view && has(DAY, "DATE") && has(LOAD, "BIGINT")
}

/// A file of before, whose parts may be used again.
pub(super) struct Before<'a> {
    pub path: PathBuf,
    pub parts: &'a [Part],
}

/// Writes a file period by period.
pub(super) struct PartsWriter<'a> {
    pub connection: &'a Connection,
    pub source: Relation,
    /// How a query is copied into a file; the rows it had.
    pub copy: &'a dyn Fn(&str, &Path) -> Result<u64>,
    pub before: Option<Before<'a>>,
}

/// A period of now.
struct Period {
    part: Part,
    /// Rows of loads that the file before has.
    earlier_rows: u64,
}

impl PartsWriter<'_> {
    /// Writes `target`; its parts, or none if the relation has no rows and nothing was written.
    pub(super) fn write(&self, target: &Path) -> Result<Vec<Part>> {
        let mut sources: Vec<Source> = Vec::new();
        let mut parts = Vec::new();
        for (number, period) in self.periods()?.into_iter().enumerate() {
            let Period { mut part, .. } = period;
            let mut own = Vec::new();
            let kept = self.kept(&part, period.earlier_rows);
            let known = kept.as_ref().map_or(0, |_| period.earlier_rows);
            if part.rows > known {
                let later = kept.as_ref().and(self.last_load());
                let rows = (part.rows - known, later);
                own.push(self.encode(&part, rows, target, number)?);
            }
            own.splice(0..0, kept);
            part.row_groups = own.iter().map(|source| source.row_groups.len()).sum();
            sources.extend(own);
            parts.push(part);
        }
        if !sources.is_empty() {
            join(&sources, target)?;
        }
        for source in sources.iter().filter(|source| source.is_scratch) {
            std::fs::remove_file(&source.path).io("remove", &source.path)?;
        }
        Ok(parts)
    }

    /// The latest load in the file of before.
    fn last_load(&self) -> Option<i64> {
        let parts = self.before.as_ref()?.parts.iter();
        parts.filter_map(|part| part.load_id).max()
    }

    /// Periods with rows, in the order of their days.
    fn periods(&self) -> Result<Vec<Period>> {
        let sql = format!(
            "SELECT {DAY}, count(*), max({LOAD}), count(*) FILTER (WHERE {LOAD} <= ?)
             FROM {} GROUP BY {DAY} ORDER BY {DAY}",
            self.source
        );
        let last = self.last_load().map_or(Value::Null, Value::from);
        let days = self.connection.query(&sql, &[last])?.rows;
        let date = |row: &Vec<Value>| row.first()?.to_string().parse::<Date>().ok();
        let newest = days.iter().filter_map(date).max();
        let calendar = newest.map(|newest| Periods::new(newest.saturating_sub(SINGLE_DAYS.days())));
        let mut periods: Vec<Period> = Vec::new();
        for row in &days {
            let [day, rows, load_id, earlier] = row.as_slice() else {
                return Err(Error::bug("a day, its rows and its load were asked for"));
            };
            let count = |value: &Value| value.as_i64().map_or(0, i64::unsigned_abs);
            let days = period_of(day, date(row), calendar);
            let known = periods.iter().position(|period| period.part.days == days);
            let place = known.unwrap_or(periods.len());
            if known.is_none() {
                let part = Part {
                    days,
                    rows: 0,
                    load_id: None,
                    row_groups: 0,
                };
                let earlier_rows = 0;
                periods.push(Period { part, earlier_rows });
            }
            if let Some(period) = periods.get_mut(place) {
                period.part.rows += count(rows);
                period.part.load_id = period.part.load_id.max(load_id.as_i64());
                period.earlier_rows += count(earlier);
            }
        }
        Ok(periods)
    }

    /// Where the file of before holds rows of the period, if all of them are still there.
    fn kept(&self, part: &Part, earlier_rows: u64) -> Option<Source> {
        let before = self.before.as_ref()?;
        let place = before.parts.iter().position(|old| old.days == part.days)?;
        let (earlier, rest) = before.parts.split_at(place);
        let first: usize = earlier.iter().map(|old| old.row_groups).sum();
        let old = rest.first()?;
        let is_same = old.rows == part.rows;
        if old.rows != earlier_rows || !is_same && old.row_groups >= ROW_GROUPS {
            return None;
        }
        let groups = old.row_groups;
        // A file that is lost or cannot be read only costs writing it again.
        let held = open(&before.path).ok()?.metadata().num_row_groups();
        (first + groups <= held).then(|| Source {
            path: before.path.clone(),
            row_groups: first..first + groups,
            is_scratch: false,
        })
    }

    /// Encodes so many rows of a period: those of loads after one, or all of them.
    fn encode(
        &self,
        part: &Part,
        (count, later): (u64, Option<i64>),
        target: &Path,
        number: usize,
    ) -> Result<Source> {
        let path = target.with_extension(format!("{number}.tmp"));
        let mut wanted = match &part.days {
            Some((first, last)) => {
                format!(
                    "{DAY} BETWEEN {}::DATE AND {}::DATE",
                    literal(first),
                    literal(last)
                )
            }
            None => format!("{DAY} IS NULL"),
        };
        if let Some(load) = later {
            wanted = format!("{wanted} AND ({LOAD} > {load} OR {LOAD} IS NULL)");
        }
        let query = format!("SELECT * FROM {} WHERE {wanted}", self.source);
        let rows = (self.copy)(&query, &path)?;
        if rows != count {
            return Err(Error::bug("a period with other rows than counted").at(path.display()));
        }
        let groups = open(&path)?.metadata().num_row_groups();
        Ok(Source {
            path,
            row_groups: 0..groups,
            is_scratch: true,
        })
    }
}

/// First and last day of the period of a day; a day that no calendar has is one of its own.
fn period_of(
    day: &Value,
    date: Option<Date>,
    calendar: Option<Periods>,
) -> Option<(String, String)> {
    if *day == Value::Null {
        return None;
    }
    let period = date
        .zip(calendar)
        .map(|(date, calendar)| calendar.around(date));
    Some(match period {
        Some((first, last)) => (first.to_string(), last.to_string()),
        None => (day.to_string(), day.to_string()),
    })
}

/// Row groups of a file.
struct Source {
    path: PathBuf,
    row_groups: std::ops::Range<usize>,
    is_scratch: bool,
}

fn join(sources: &[Source], target: &Path) -> Result<()> {
    let failed = |error| unwritable(target, error);
    let mut output: Option<SerializedFileWriter<BufWriter<File>>> = None;
    for source in sources {
        let reader = open(&source.path)?;
        let bytes = File::open(&source.path).io("open", &source.path)?;
        let metadata = reader.metadata();
        let mut writer = match output.take() {
            Some(writer) => writer,
            None => {
                let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
                let file = File::create(target).io("create", target)?;
                let properties = Arc::new(WriterProperties::builder().build());
                SerializedFileWriter::new(BufWriter::new(file), schema, properties)
                    .map_err(failed)?
            }
        };
        for number in source.row_groups.clone() {
            let group = metadata.row_group(number);
            let mut copied = writer.next_row_group().map_err(failed)?;
            for column in group.columns() {
                let encoded = ColumnCloseResult {
                    bytes_written: column.compressed_size().unsigned_abs(),
                    rows_written: group.num_rows().unsigned_abs(),
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                copied.append_column(&bytes, encoded).map_err(failed)?;
            }
            copied.close().map_err(failed)?;
        }
        output = Some(writer);
    }
    if let Some(writer) = output {
        writer.close().map_err(failed)?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let file = File::open(path).io("open", path)?;
    SerializedFileReader::new(file).map_err(|error| {
        Error::data("a published file cannot be read")
            .at(path.display())
            .cause(error)
            .hint("Remove the published folder; the next publication writes all of it anew.")
    })
}

fn unwritable(path: &Path, error: parquet::errors::ParquetError) -> Error {
    Error::unavailable("failed to write a published file")
        .at(path.display())
        .cause(error)
        .hint("Free disk space and run the same command again; nothing is lost.")
}
