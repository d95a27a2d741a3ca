//! Opening the warehouse file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

use duckdb::Config;

use super::connection::{Connection, sql_error};
use super::ident::{literal, quote};
use super::processors::Processors;
use super::zone::{self, Zones};
use crate::error::{Error, IoContext, Kind, Result};

/// Storage format of new files: new enough to compress long texts, old enough for every 1.5 reader.
const STORAGE_VERSION: &str = "v1.5.0";

/// A run commits dozens of models; their log is folded into the file when it is closed, not after
/// every few of them, so that marts and checks are there sooner.
const CHECKPOINT_THRESHOLD: &str = "512MB";

/// Rows per row group of the file. The engine scans, writes and compresses row groups in parallel,
/// and writes full ones to the file at once; what is left over goes through the log. With its
/// default of 122,880 rows most loads are a single one, worked on by one thread and written twice.
const ROW_GROUP_ROWS: usize = 8_192;

/// What people write for today belongs to an extension that is not bundled; this is the UTC day.
const DAY_FUNCTIONS: &str = "
CREATE OR REPLACE TEMP MACRO current_date() AS CAST(CAST(get_current_timestamp() AS TIMESTAMP) AS DATE);
CREATE OR REPLACE TEMP MACRO today() AS CAST(CAST(get_current_timestamp() AS TIMESTAMP) AS DATE);";

/// How a database file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// This process writes; no other may open the file meanwhile.
    ReadWrite,
    /// Several processes may read at once.
    ReadOnly,
}

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Read or write.
    pub access: Access,
    /// Worker threads; 0 lets the engine choose.
    pub threads: usize,
    /// Memory limit as DuckDB spells it (`1500MB`); empty for the engine's default.
    pub memory_limit: String,
    /// Rows of a group in a new file; `None` for the engine's default.
    pub row_group_rows: Option<usize>,
    /// Bytes of a block in a new file, a power of two from 16,384 to 262,144; `None` for the
    /// engine's default, the largest. Each table has at least one, in the file and in memory.
    pub block_bytes: Option<u32>,
    /// SQL run once when the database is opened, such as `ATTACH`.
    pub opening: Vec<String>,
    /// SQL run on every connection, such as `SET`.
    pub session: Vec<String>,
}

impl Options {
    /// The engine's defaults with the given access.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self {
            access,
            threads: 0,
            memory_limit: String::new(),
            row_group_rows: Some(ROW_GROUP_ROWS),
            block_bytes: None,
            opening: Vec::new(),
            session: Vec::new(),
        }
    }
}

/// An open database. Connections made from it share its cache and its lock.
pub struct Warehouse {
    root: Mutex<duckdb::Connection>,
    file: Option<DatabaseFile>,
    session: Vec<String>,
    zones: Arc<Zones>,
    processors: Arc<Processors>,
    /// Done once the views of the file were looked through for time zones.
    views: Once,
}

/// The attached file.
struct DatabaseFile {
    path: PathBuf,
    /// Name of its catalog, unquoted.
    catalog: String,
}

impl Warehouse {
    /// Opens the file, creating it (and its folder) for [`Access::ReadWrite`].
    ///
    /// # Errors
    /// `Locked` if another process has it open, `DataInvalid` if it is not a database this
    /// version can read, `SourceUnavailable` if it does not exist or cannot be written.
    pub fn open(path: &Path, options: &Options) -> Result<Self> {
        if options.access == Access::ReadOnly && !path.exists() {
            return Err(Error::unavailable("there is no warehouse yet")
                .at(path.display())
                .hint("Run `cca backfill` first, or point `--data-dir` to where it ran."));
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).io("create the folder", parent)?;
        }
        let config = config(options).map_err(|error| sql_error("failed to configure", &error))?;
        let root = duckdb::Connection::open_in_memory_with_flags(config)
            .map_err(|error| sql_error("failed to start the engine", &error))?;
        let catalog = catalog_name(path);
        let how = match options.access {
            Access::ReadWrite => {
                let rows = options.row_group_rows;
                let rows = rows.map_or(String::new(), |rows| format!(", ROW_GROUP_SIZE {rows}"));
                let block = options.block_bytes.filter(|_| !path.exists());
                let block = block.map_or(String::new(), |bytes| format!(", BLOCK_SIZE {bytes}"));
                format!("STORAGE_VERSION '{STORAGE_VERSION}'{rows}{block}")
            }
            Access::ReadOnly => "READ_ONLY".to_owned(),
        };
        let file = literal(&path.display().to_string());
        root.execute_batch(&format!("ATTACH {file} AS {} ({how})", quote(&catalog)))
            .map_err(|error| open_error(path, &error))?;
        let file = DatabaseFile {
            path: path.to_owned(),
            catalog,
        };
        Self::prepared(root, Some(file), options)
    }

    /// A database in memory, for scratch work and tests.
    pub fn in_memory() -> Result<Self> {
        Self::in_memory_with(&Options::new(Access::ReadWrite))
    }

    /// A database in memory that is always writable.
    ///
    /// # Errors
    /// `Config` for SQL of the options that the engine refuses.
    pub fn in_memory_with(options: &Options) -> Result<Self> {
        let config = config(options).map_err(|error| sql_error("failed to configure", &error))?;
        let root = duckdb::Connection::open_in_memory_with_flags(config)
            .map_err(|error| sql_error("failed to open a database in memory", &error))?;
        Self::prepared(root, None, options)
    }

    fn prepared(
        root: duckdb::Connection,
        file: Option<DatabaseFile>,
        options: &Options,
    ) -> Result<Self> {
        for sql in &options.opening {
            root.execute_batch(sql)
                .map_err(|error| opening_error(sql, &error))?;
        }
        Ok(Self {
            root: Mutex::new(root),
            file,
            session: options.session.clone(),
            zones: Arc::default(),
            processors: Arc::default(),
            views: Once::new(),
        })
    }

    /// A connection for one thread.
    pub fn connect(&self) -> Result<Connection> {
        let root = self
            .root
            .lock()
            .map_err(|_| Error::bug("a thread died holding the warehouse"))?;
        let clone = root
            .try_clone()
            .map_err(|error| sql_error("failed to connect to the warehouse", &error))?;
        let connection =
            Connection::new(clone, Arc::clone(&self.zones), Arc::clone(&self.processors));
        connection.batch(DAY_FUNCTIONS)?;
        if let Some(file) = &self.file {
            connection.batch(&format!("USE {}", quote(&file.catalog)))?;
        }
        for sql in &self.session {
            connection.batch(sql).map_err(|error| {
                Error::config("a setting of the profile is refused")
                    .at(sql)
                    .cause(error.causes().join("\n"))
            })?;
        }
        self.views.call_once(|| self.read_views(&connection));
        Ok(connection)
    }

    /// Takes note of the time zones that views of the file name.
    fn read_views(&self, connection: &Connection) {
        let views = connection.query(zone::VIEWS, &[]).unwrap_or_default();
        for sql in views.rows.iter().filter_map(|row| row.first()?.as_str()) {
            self.zones.with(zone::named_in(sql));
        }
    }

    /// The file, unless in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }
}

/// Extensions are never fetched: a missing function is an error at once, not a download.
fn config(options: &Options) -> duckdb::Result<Config> {
    let mut config = Config::default()
        .with("autoinstall_known_extensions", "false")?
        .with("autoload_known_extensions", "false")?
        .with("checkpoint_threshold", CHECKPOINT_THRESHOLD)?;
    if options.threads > 0 {
        config = config.threads(i64::try_from(options.threads).unwrap_or(1))?;
    }
    if !options.memory_limit.is_empty() {
        config = config.max_memory(&options.memory_limit)?;
    }
    Ok(config)
}

/// The name the engine itself would give the database of this file.
fn catalog_name(path: &Path) -> String {
    const TAKEN: [&str; 3] = ["memory", "system", "temp"];
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.trim_start_matches('.').split('.').next();
    let stem = stem.unwrap_or_default();
    if TAKEN.iter().any(|name| stem.eq_ignore_ascii_case(name)) {
        format!("{stem}_file")
    } else {
        stem.to_owned()
    }
}

/// A statement of the profile that the engine refuses.
fn opening_error(sql: &str, error: &duckdb::Error) -> Error {
    let failure = sql_error("failed to run SQL", error);
    // A secret must not appear in a message.
    let shown = if sql.contains("SECRET") {
        "secrets"
    } else {
        sql
    };
    let refused = Error::config("the engine refuses what the profile asks for")
        .at(shown)
        .cause(failure.causes().join("\n"));
    if sql.starts_with("LOAD") {
        return refused.hint(
            "Extensions are loaded from this machine and never downloaded; remove it from `extensions` if it is not needed.",
        );
    }
    refused
}

fn open_error(path: &Path, error: &duckdb::Error) -> Error {
    let text = error.to_string();
    if text.contains("Could not set lock") || text.contains("Conflicting lock") {
        return Error::new(Kind::Locked, "the warehouse is open in another process")
            .at(path.display())
            .cause(text)
            .hint("Let BI tools open `published/cca.duckdb`; only `cca` opens the warehouse.");
    }
    if text.contains("not a valid DuckDB database") || text.contains("version number") {
        return Error::data("the warehouse file is not a database this version can read")
            .at(path.display())
            .cause(text)
            .hint("Move the file away and run `cca load --full && cca run --full-refresh`; the lake keeps every entry.");
    }
    Error::unavailable("failed to open the warehouse")
        .at(path.display())
        .cause(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_known_without_extensions() {
        let connection = Warehouse::in_memory()
            .expect("opened")
            .connect()
            .expect("connected");
        let sql = "SELECT current_date = today() AND current_date > DATE '2020-01-01'";
        let answer = connection.scalar(sql, &[]).expect("evaluated");
        assert_eq!(answer, crate::warehouse::Value::Bool(true));
    }

    #[test]
    fn a_file_is_named_as_the_engine_would_and_split_into_row_groups() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it's.duckdb");
        let warehouse = Warehouse::open(&path, &Options::new(Access::ReadWrite)).expect("opened");
        let connection = warehouse.connect().expect("connected");
        connection
            .batch("CREATE TABLE numbers AS SELECT range AS n FROM range(40000)")
            .expect("created");
        let sql = "SELECT current_database() || ' ' || count(DISTINCT row_group_id)
                   FROM pragma_storage_info('numbers')";
        let answer = connection.scalar(sql, &[]).expect("evaluated");
        assert_eq!(answer.as_str(), Some("it's 5"));
    }

    #[test]
    fn names_of_the_engine_itself_are_avoided() {
        assert_eq!(catalog_name(Path::new("a/Memory.duckdb")), "Memory_file");
        assert_eq!(catalog_name(Path::new("a/warehouse.duckdb")), "warehouse");
        assert_eq!(catalog_name(Path::new("a/.my.old.db")), "my");
    }
}
