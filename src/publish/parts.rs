//! Large facts, period by period: the periods that did not change are copied as they are encoded.
//!
//! A fact says of each row on which day it is (`date_key`) and which load wrote it
//! (`_load_id`). Rows are only ever replaced by rows of a later load, so a period with as many rows
//! as before and the same latest load holds the same rows. Its row groups are copied byte by byte
//! from the file before, and only the others are read from the warehouse and encoded. The result is
//! one file, as for every relation.
//!
//! The latest days, where nearly all new rows fall, are periods of their own; what is older goes by
//! months.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::column::writer::ColumnCloseResult;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use serde::{Deserialize, Serialize};

use super::relations::Published;
use crate::error::{Error, IoContext, Result};
use crate::warehouse::{Connection, Relation, Value, literal};

/// Day of a row.
const DAY: &str = "date_key";
/// Load that wrote a row.
const LOAD: &str = "_load_id";

/// So many of the latest days with rows, counted back from the newest, are periods of their own.
const SINGLE_DAYS: u8 = 3;

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

impl Part {
    fn has_contents_of(&self, other: &Part) -> bool {
        (&self.days, self.rows, self.load_id) == (&other.days, other.rows, other.load_id)
    }
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

impl PartsWriter<'_> {
    /// Writes `target`; its parts, or none if the relation has no rows and nothing was written.
    pub(super) fn write(&self, target: &Path) -> Result<Vec<Part>> {
        let mut parts = self.periods()?;
        let mut sources: Vec<Source> = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter_mut().enumerate() {
            let source = match self.kept(part) {
                Some(source) => source,
                None => self.encode(part, target, number)?,
            };
            part.row_groups = source.row_groups.len();
            sources.push(source);
        }
        if !sources.is_empty() {
            join(&sources, target)?;
        }
        for source in sources.iter().filter(|source| source.is_scratch) {
            std::fs::remove_file(&source.path).io("remove", &source.path)?;
        }
        Ok(parts)
    }

    fn periods(&self) -> Result<Vec<Part>> {
        let sql = format!(
            "WITH newest AS (SELECT max({DAY}) - {SINGLE_DAYS} AS last_by_month FROM {source}),
             dated AS (
                 SELECT if({DAY} > last_by_month, {DAY}, date_trunc('month', {DAY})::DATE) AS first,
                        if({DAY} > last_by_month, {DAY}, least(last_day({DAY}), last_by_month)) AS last,
                        {LOAD} AS load_id
                 FROM {source}, newest
             )
             SELECT first::VARCHAR, last::VARCHAR, count(*), max(load_id)
             FROM dated GROUP BY first, last ORDER BY first",
            source = self.source
        );
        let periods = self.connection.query(&sql, &[])?;
        let day = |value: &Value| value.as_str().map(str::to_owned);
        periods
            .rows
            .iter()
            .map(|row| match row.as_slice() {
                [first, last, rows, load_id] => Ok(Part {
                    days: day(first).zip(day(last)),
                    rows: rows.as_i64().map_or(0, i64::unsigned_abs),
                    load_id: load_id.as_i64(),
                    row_groups: 0,
                }),
                _ => Err(Error::bug("a period, its rows and its load were asked for")),
            })
            .collect()
    }

    /// Where the file of before holds the same rows.
    fn kept(&self, part: &Part) -> Option<Source> {
        let before = self.before.as_ref()?;
        let place = before
            .parts
            .iter()
            .position(|old| old.has_contents_of(part))?;
        let (earlier, rest) = before.parts.split_at(place);
        let first: usize = earlier.iter().map(|old| old.row_groups).sum();
        let groups = rest.first()?.row_groups;
        // A file that is lost or cannot be read only costs writing it again.
        let held = open(&before.path).ok()?.metadata().num_row_groups();
        (first + groups <= held).then(|| Source {
            path: before.path.clone(),
            row_groups: first..first + groups,
            is_scratch: false,
        })
    }

    fn encode(&self, part: &Part, target: &Path, number: usize) -> Result<Source> {
        let path = target.with_extension(format!("{number}.tmp"));
        let of_period = match &part.days {
            Some((first, last)) => {
                format!(
                    "{DAY} BETWEEN {}::DATE AND {}::DATE",
                    literal(first),
                    literal(last)
                )
            }
            None => format!("{DAY} IS NULL"),
        };
        let query = format!("SELECT * FROM {} WHERE {of_period}", self.source);
        let rows = (self.copy)(&query, &path)?;
        if rows != part.rows {
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
