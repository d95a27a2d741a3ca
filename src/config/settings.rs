//! What the program reads, after all layers are folded.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::Secret;

/// Which kind of source `backfill`, `sync` and `extract` read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Local JSONL transcripts.
    Transcripts,
    /// MongoDB collections.
    Mongo,
}

/// All settings.
#[derive(Clone)]
pub struct Settings {
    /// `[project]`.
    pub project: ProjectSettings,
    /// `[source] kind`.
    pub source: SourceKind,
    /// `[extract]`.
    pub extract: ExtractSettings,
    /// `[transcripts]`.
    pub transcripts: TranscriptSettings,
    /// `[mongo]`.
    pub mongo: MongoSettings,
    /// `[lake]`.
    pub lake: LakeSettings,
    /// `[warehouse]`.
    pub warehouse: WarehouseSettings,
    /// `[dead_letter]`.
    pub dead_letter: DeadLetterSettings,
    /// `[check]`.
    pub check: CheckSettings,
    /// `[publish]`.
    pub publish: PublishSettings,
    /// `[watch]`.
    pub watch: WatchSettings,
    /// `[alerts]`.
    pub alerts: AlertSettings,
    /// `[vars]`: variables of the models.
    pub vars: BTreeMap<String, serde_json::Value>,
    /// What models read with `env_var`: the environment over `.env`. May hold secrets.
    pub env: BTreeMap<String, String>,
}

/// Leaves out `env`, which may hold secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("project", &self.project)
            .field("source", &self.source)
            .field("extract", &self.extract)
            .field("transcripts", &self.transcripts)
            .field("mongo", &self.mongo)
            .field("lake", &self.lake)
            .field("warehouse", &self.warehouse)
            .field("dead_letter", &self.dead_letter)
            .field("check", &self.check)
            .field("publish", &self.publish)
            .field("watch", &self.watch)
            .field("alerts", &self.alerts)
            .field("vars", &self.vars)
            .finish_non_exhaustive()
    }
}

/// `[extract]`.
#[derive(Clone, Debug)]
pub struct ExtractSettings {
    /// Whether the first `sync` of all reads collections from their beginning.
    pub backfill_all_historical: bool,
    /// Otherwise, how far back from now it begins.
    pub first_lookback: Duration,
}

/// `[watch]`.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// How long changes are collected before they are landed together.
    pub buffer: Duration,
}

/// `[alerts]`.
#[derive(Clone, Debug)]
pub struct AlertSettings {
    /// Slack webhook.
    pub slack_webhook_url: Secret,
    /// E-mail address.
    pub email: String,
}

/// `[project]`.
#[derive(Clone, Debug)]
pub struct ProjectSettings {
    /// Folder with `cca.toml`, `sql/`, …; `None` uses the embedded project.
    pub dir: Option<PathBuf>,
    /// Folder of everything written.
    pub data_dir: PathBuf,
    /// IANA name of the zone of local time in the marts.
    pub timezone: String,
    /// Worker threads.
    pub threads: usize,
    /// Memory limit of the engine, as DuckDB spells it; empty for what the engine takes by itself.
    pub memory_limit: String,
}

/// `[transcripts]`.
#[derive(Clone, Debug, Default)]
pub struct TranscriptSettings {
    /// Folders read; each is a `projects` folder, a folder that holds one, or any folder with
    /// `*.jsonl` below it.
    pub roots: Vec<PathBuf>,
    /// Person the transcripts belong to; empty to leave it open.
    pub user: String,
    /// Machine the transcripts were written on; empty to leave it open.
    pub machine: String,
    /// Folders whose transcripts were written on other machines.
    pub machines: Vec<MachineFolder>,
}

/// A folder of transcripts that came from another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineFolder {
    /// Name of the machine.
    pub machine: String,
    /// The folder.
    pub folder: PathBuf,
}

/// `[mongo]`.
#[derive(Clone, Debug)]
pub struct MongoSettings {
    /// Connection string.
    pub uri: Secret,
    /// Database name.
    pub database: String,
    /// Collections read, in this order.
    pub collections: Vec<String>,
    /// Field that orders documents by arrival.
    pub mark_field: String,
    /// How far before the mark each run reads again.
    pub lookback: Duration,
    /// Documents per reply of the server.
    pub batch_size: u32,
    /// Attempts after the first before giving up.
    pub retries: u32,
    /// How long to look for a server.
    pub timeout: Duration,
}

/// `[lake]`.
#[derive(Clone, Debug)]
pub struct LakeSettings {
    /// Folder of the Iceberg warehouse; the catalog is `catalog.db` in it.
    pub warehouse_path: PathBuf,
    /// Catalog name.
    pub catalog_name: String,
    /// Namespace.
    pub namespace: String,
    /// Table name.
    pub table_name: String,
    /// A data file is closed when it reaches this size.
    pub target_file_bytes: usize,
    /// Rows in memory before a row group is written.
    pub row_group_rows: usize,
    /// Uncompressed bytes per commit.
    pub commit_bytes: usize,
    /// zstd level of data files.
    pub compression_level: i32,
}

/// `[warehouse]`.
#[derive(Clone, Debug)]
pub struct WarehouseSettings {
    /// The DuckDB file.
    pub path: PathBuf,
}

/// `[dead_letter]`.
#[derive(Clone, Debug)]
pub struct DeadLetterSettings {
    /// Folder; one subfolder per day.
    pub dir: PathBuf,
}

/// `[check]`.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// Sample of unexpected values kept per expectation.
    pub sample_rows: usize,
    /// Days for which outcomes are kept.
    pub keep_days: u32,
    /// Selectors of the suites evaluated between load and transform.
    pub before_transform: Vec<String>,
}

/// Suites about the tables that load writes.
const BEFORE_TRANSFORM: &str = "raw.*";

impl CheckSettings {
    /// Whether nothing was configured for it.
    #[must_use]
    pub fn is_before_transform_default(&self) -> bool {
        self.before_transform == [BEFORE_TRANSFORM]
    }

    /// The selectors of suites evaluated before transform, unless that is switched off.
    #[must_use]
    pub fn before_transform(&self) -> &[String] {
        match self.before_transform.as_slice() {
            [one] if one == "none" => &[],
            selectors => selectors,
        }
    }
}

/// `[publish]`.
#[derive(Clone, Debug)]
pub struct PublishSettings {
    /// Folder that readers open.
    pub dir: PathBuf,
    /// The same folder as readers see it (inside their container); `None` for the real path.
    pub reader_root: Option<PathBuf>,
    /// Generations kept beside the current one.
    pub keep_generations: usize,
}

impl Settings {
    /// Built-in defaults with everything below `data_dir`.
    #[must_use]
    pub fn defaults(data_dir: &Path) -> Self {
        Self {
            project: ProjectSettings {
                dir: None,
                data_dir: data_dir.to_owned(),
                timezone: "UTC".to_owned(),
                threads: std::thread::available_parallelism().map_or(2, usize::from),
                memory_limit: "700MB".to_owned(),
            },
            source: SourceKind::Transcripts,
            extract: ExtractSettings {
                backfill_all_historical: true,
                first_lookback: Duration::from_secs(7 * 86_400),
            },
            transcripts: TranscriptSettings {
                roots: Vec::new(),
                user: String::new(),
                machine: String::new(),
                machines: Vec::new(),
            },
            mongo: MongoSettings {
                uri: Secret::new("mongodb://localhost:27017"),
                database: "claude_logs".to_owned(),
                collections: vec!["conversations".to_owned()],
                mark_field: "ingestedAt".to_owned(),
                lookback: Duration::from_secs(300),
                batch_size: 1000,
                retries: 5,
                timeout: Duration::from_secs(10),
            },
            lake: LakeSettings {
                warehouse_path: data_dir.join("iceberg"),
                catalog_name: "default".to_owned(),
                namespace: "analytics".to_owned(),
                table_name: "conversations".to_owned(),
                target_file_bytes: 128 << 20,
                row_group_rows: 8_192,
                commit_bytes: 256 << 20,
                compression_level: 1,
            },
            warehouse: WarehouseSettings {
                path: data_dir.join("warehouse.duckdb"),
            },
            dead_letter: DeadLetterSettings {
                dir: data_dir.join("dead_letter"),
            },
            check: CheckSettings {
                sample_rows: 5,
                keep_days: 365,
                before_transform: vec![BEFORE_TRANSFORM.to_owned()],
            },
            publish: PublishSettings {
                dir: data_dir.join("published"),
                reader_root: None,
                keep_generations: 3,
            },
            watch: WatchSettings {
                buffer: Duration::from_secs(60),
            },
            alerts: AlertSettings {
                slack_webhook_url: Secret::default(),
                email: String::new(),
            },
            vars: BTreeMap::new(),
            env: BTreeMap::new(),
        }
    }

    /// The same settings with everything written below another folder, wherever it was before.
    #[must_use]
    pub fn below(&self, data_dir: &Path) -> Self {
        let fresh = Self::defaults(data_dir);
        let mut settings = self.clone();
        settings.project.data_dir = fresh.project.data_dir;
        settings.lake.warehouse_path = fresh.lake.warehouse_path;
        settings.warehouse = fresh.warehouse;
        settings.dead_letter = fresh.dead_letter;
        settings.publish.dir = fresh.publish.dir;
        settings.publish.reader_root = None;
        settings
    }
}
