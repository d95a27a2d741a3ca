//! Expectations about any file, without a project: a DuckDB database or Parquet, only read.

use std::collections::BTreeMap;

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::check_documents;
use super::checks;
use super::context::Context;
use super::report::{CheckReport, RunReport};
use super::request::FileCheckRequest;
use crate::check::{self, About, CheckOptions};
use crate::error::{Error, IoContext, Kind, Result};
use crate::project::{Origin, Project, SourceFile};
use crate::sys;
use crate::warehouse::{Access, Connection, Options, Relation, Warehouse, literal};

/// What the data are that expectations are about.
pub(super) struct DataFile {
    /// Open for reading.
    pub(super) connection: Connection,
    /// The only table, where there is only one.
    pub(super) table: Option<Relation>,
    /// Whether the file is one table, whatever suites call it.
    pub(super) is_one_table: bool,
    warehouse: Warehouse,
}

/// Evaluates suites about a file. Nothing is stored but the documents asked for.
///
/// # Errors
/// `CheckFailed` if an expectation of severity `error` failed or could not be evaluated;
/// `SourceUnavailable` if the file is not there, `DataInvalid` if it is neither DuckDB nor Parquet.
pub fn check_file(
    context: &Context,
    request: &FileCheckRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    let run_id = uuid::Uuid::now_v7().to_string();
    let started = Instant::now();
    let mut report = RunReport::new(run_id, "check", sys::clock::now(), context.places());
    let outcome = checked(context, request, &mut report);
    report.elapsed = started.elapsed();
    report.peak_memory = sys::process::peak_memory_bytes();
    match outcome {
        Ok(()) => Ok(report),
        Err(error) => Err((error, Box::new(report))),
    }
}

fn checked(context: &Context, request: &FileCheckRequest, run: &mut RunReport) -> Result<()> {
    let data = DataFile::open(context, &request.on)?;
    let about = about(&data, request)?;
    let suites = check::load_suites_about(&project_of(&request.suites)?, &about)?;
    let options = CheckOptions {
        run_id: run.run_id.clone(),
        select: request.selection.select.clone(),
        exclude: request.selection.exclude.clone(),
        sample_rows: context.settings.check.sample_rows,
        fail_fast: request.fail_fast,
        save_failures: request
            .save_failures
            .then(|| context.settings.dead_letter.dir.clone()),
        checked_at: run.started_at.as_microsecond(),
        keep_days: u32::MAX,
        built: BTreeMap::new(),
        only_new: false,
    };
    let connection = data.connection.cancellable(&context.cancel);
    let mut others = context.more_connections(&data.warehouse)?;
    let report = check::evaluate(
        &suites,
        &connection,
        &mut others,
        &options,
        &*context.observer,
    )?;
    check_documents::write(&request.documents, &report, None)?;
    run.check = Some(CheckReport {
        validation: Some(check::document::validation(&report)),
        ..checks::told(&report)
    });
    checks::verdict(run, None)
}

/// The table that suites are about.
pub(super) fn about(data: &DataFile, request: &FileCheckRequest) -> Result<About> {
    let table = match &request.table {
        Some(name) => Some(check::find_relation(&data.connection, name)?),
        None => data.table.clone(),
    };
    Ok(About {
        always: data.is_one_table || request.table.is_some(),
        table,
    })
}

/// Files of suites as a project.
pub(super) fn project_of(suites: &[PathBuf]) -> Result<Project> {
    let mut project = Project::default();
    for path in suites {
        project.expectations.push(SourceFile {
            path: path.display().to_string(),
            text: std::fs::read_to_string(path).io("read the suite", path)?,
            origin: Origin::Disk(path.clone()),
        });
    }
    Ok(project)
}

impl DataFile {
    /// Opens a DuckDB database, or Parquet (a file, or several by `*`) as one table.
    pub(super) fn open(context: &Context, path: &Path) -> Result<Self> {
        let is_pattern = path.to_string_lossy().contains(['*', '?', '[']);
        if !is_pattern && !path.is_file() {
            return Err(Error::unavailable("there is no such file to check")
                .at(path.display())
                .hint("Name a DuckDB database, or Parquet: `file.parquet`, 'folder/*.parquet'."));
        }
        if is_pattern || is_parquet(path) {
            return Self::parquet(path);
        }
        let options = Options {
            threads: context.settings.project.threads,
            memory_limit: context.settings.project.memory_limit.clone(),
            ..Options::new(Access::ReadOnly)
        };
        let warehouse = Warehouse::open(path, &options).map_err(|error| foreign(path, &error))?;
        let connection = warehouse.connect()?;
        let table = check::only_relation(&connection)?;
        Ok(Self {
            connection,
            table,
            is_one_table: false,
            warehouse,
        })
    }

    fn parquet(path: &Path) -> Result<Self> {
        let warehouse = Warehouse::in_memory()?;
        let connection = warehouse.connect()?;
        let relation = Relation::new("main", view_name(path));
        let source = literal(&path.display().to_string());
        connection
            .batch(&format!(
                "CREATE VIEW {relation} AS SELECT * FROM read_parquet({source})"
            ))
            .map_err(|error| foreign(path, &error))?;
        Ok(Self {
            connection,
            table: Some(relation),
            is_one_table: true,
            warehouse,
        })
    }
}

/// By its name, or its first bytes.
fn is_parquet(path: &Path) -> bool {
    let named = path
        .extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("parquet"));
    named || has_magic(path).unwrap_or(false)
}

fn has_magic(path: &Path) -> std::io::Result<bool> {
    use std::io::Read;
    let mut magic = [0_u8; 4];
    std::fs::File::open(path)?.read_exact(&mut magic)?;
    Ok(&magic == b"PAR1")
}

/// The name of the file without what it ends with; of several files, of their folder.
fn view_name(path: &Path) -> String {
    let stem = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let name = stem(path).filter(|name| !name.contains(['*', '?', '[']));
    name.or_else(|| path.parent().and_then(stem))
        .unwrap_or_else(|| "data".to_owned())
}

/// A file that is not ours: what the engine says, without advice about the warehouse.
fn foreign(path: &Path, error: &Error) -> Error {
    let mut told = match error.kind() {
        Kind::Locked => Error::new(Kind::Locked, "the database is open in another process"),
        Kind::DataInvalid => Error::data("the file cannot be read as DuckDB or Parquet"),
        kind => Error::new(kind, "failed to open the file"),
    };
    for cause in error.causes() {
        told = told.cause(cause);
    }
    told.at(path.display())
        .hint("Name a DuckDB database (format 1.5 or older), or Parquet: `file.parquet`, 'folder/*.parquet'.")
}
