//! Every setting, declared once: its key, its environment variables, its meaning and its place.
//!
//! The configuration files, the environment, `cca config`, the template of `cca init` and the
//! reference page all read this list.

use super::Settings;
use super::slot::Slot;

/// One setting.
pub(super) struct Key {
    /// `section.name`, as in a configuration file.
    pub(super) name: &'static str,
    /// Environment variables beside the regular one, most important first.
    pub(super) also: &'static [&'static str],
    /// What it decides; one or two sentences.
    pub(super) meaning: &'static str,
    /// How the default comes about where it is not a constant.
    pub(super) default: Option<&'static str>,
    /// Least and greatest number allowed.
    pub(super) range: (i64, i64),
    /// Why this version does nothing with it.
    pub(super) unused: Option<&'static str>,
    /// Where its value goes.
    pub(super) slot: for<'a> fn(&'a mut Settings) -> Slot<'a>,
}

const ANY: (i64, i64) = (i64::MIN, i64::MAX);

impl Key {
    const fn new(
        name: &'static str,
        slot: for<'a> fn(&'a mut Settings) -> Slot<'a>,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            also: &[],
            meaning,
            default: None,
            range: ANY,
            unused: None,
            slot,
        }
    }

    const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    const fn default(mut self, rule: &'static str) -> Self {
        self.default = Some(rule);
        self
    }

    const fn range(mut self, least: i64, most: i64) -> Self {
        self.range = (least, most);
        self
    }

    const fn unused(mut self, reason: &'static str) -> Self {
        self.unused = Some(reason);
        self
    }

    /// `CCA_<SECTION>_<KEY>`; the section `project` is left out.
    pub(super) fn variable(&self) -> String {
        let short = self.name.strip_prefix("project.").unwrap_or(self.name);
        format!("CCA_{}", short.replace('.', "_").to_ascii_uppercase())
    }

    /// All its environment variables, most important first.
    pub(super) fn variables(&self) -> Vec<String> {
        std::iter::once(self.variable())
            .chain(self.also.iter().map(|name| (*name).to_owned()))
            .collect()
    }
}

/// The setting called `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The sections, in order, without `vars`.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = Vec::new();
    for key in KEYS {
        let section = key.name.split('.').next().unwrap_or_default();
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections
}

/// Every setting, section by section.
pub(super) static KEYS: &[Key] = &[
    Key::new(
        "project.data_dir",
        |settings| Slot::Path(&mut settings.project.data_dir),
        "Folder of everything written: lake, warehouse, dead letters, published marts, journal.",
    )
    .default("`data` beside `cca.toml`, or in a folder that looks like a project; else `cca` in the XDG data folder"),
    Key::new(
        "project.timezone",
        |settings| Slot::Timezone(&mut settings.project.timezone),
        "Zone of local time in the marts. Rebuild them (`cca run --full-refresh`) after a change.",
    )
    .default("`TZ` if it names a zone, else the machine's zone, else `UTC`"),
    Key::new(
        "project.threads",
        |settings| Slot::Count(&mut settings.project.threads),
        "Worker threads of extraction and engine, and models built at once.",
    )
    .default("the processors of the machine")
    .range(1, 1024),
    Key::new(
        "project.memory_limit",
        |settings| Slot::Text(&mut settings.project.memory_limit),
        "Memory limit of the engine as DuckDB spells it (`4GB`); empty leaves it to the engine.",
    ),
    Key::new(
        "source.kind",
        |settings| Slot::Source(&mut settings.source),
        "What `backfill`, `sync` and `extract` read.",
    )
    .default("`mongo` if `mongo.uri` is set anywhere, else `transcripts`"),
    Key::new(
        "extract.backfill_all_historical",
        |settings| Slot::Bool(&mut settings.extract.backfill_all_historical),
        "Whether the first `sync` of all reads MongoDB collections from their beginning. Transcripts are always read whole.",
    )
    .also(&["BACKFILL_ALL_HISTORICAL"]),
    Key::new(
        "extract.first_lookback",
        |settings| Slot::Duration(&mut settings.extract.first_lookback),
        "How far back the first `sync` begins if `backfill_all_historical` is false.",
    ),
    Key::new(
        "transcripts.roots",
        |settings| Slot::Paths(&mut settings.transcripts.roots),
        "Folders with transcripts: a `projects` folder, a folder that holds one, or any folder with `*.jsonl` below it. Variables take several, with commas between them.",
    )
    .also(&["CLAUDE_CONFIG_DIR"])
    .default("those of `~/.claude` and `$XDG_CONFIG_HOME/claude` (`~/.config/claude`) that exist"),
    Key::new(
        "transcripts.user",
        |settings| Slot::Text(&mut settings.transcripts.user),
        "Person the transcripts belong to; empty leaves it open.",
    ),
    Key::new(
        "transcripts.machine",
        |settings| Slot::Text(&mut settings.transcripts.machine),
        "Machine the transcripts were written on, for `cca.transcripts`; empty leaves it open. What was read before keeps its name until `cca backfill`.",
    )
    .default("the name of this machine; open in a container that has none of its own"),
    Key::new(
        "transcripts.machines",
        |settings| Slot::Machines(&mut settings.transcripts.machines),
        "Folders whose transcripts were copied from other machines, such as `[\"laptop=~/copies/laptop\"]`.",
    ),
    Key::new(
        "mongo.uri",
        |settings| Slot::Secret(&mut settings.mongo.uri),
        "Connection string. Never printed whole.",
    )
    .also(&["MONGO_URI"]),
    Key::new(
        "mongo.database",
        |settings| Slot::Text(&mut settings.mongo.database),
        "Database.",
    )
    .also(&["MONGO_DB"]),
    Key::new(
        "mongo.collections",
        |settings| Slot::Texts(&mut settings.mongo.collections),
        "Collections, read in this order. Variables take several, with commas between them.",
    )
    .also(&["MONGO_COLLECTION"]),
    Key::new(
        "mongo.mark_field",
        |settings| Slot::Text(&mut settings.mongo.mark_field),
        "Field that orders documents by arrival.",
    ),
    Key::new(
        "mongo.lookback",
        |settings| Slot::Duration(&mut settings.mongo.lookback),
        "How far before the high-water mark each run reads again, because writers' clocks differ.",
    ),
    Key::new(
        "mongo.batch_size",
        |settings| Slot::Count32(&mut settings.mongo.batch_size),
        "Documents per reply of the server.",
    )
    .also(&["BATCH_SIZE"])
    .range(1, 1_000_000),
    Key::new(
        "mongo.retries",
        |settings| Slot::Count32(&mut settings.mongo.retries),
        "Attempts after the first before a run gives up on the server.",
    )
    .range(0, 100),
    Key::new(
        "mongo.timeout",
        |settings| Slot::Duration(&mut settings.mongo.timeout),
        "How long one attempt looks for a server.",
    ),
    Key::new(
        "lake.warehouse_path",
        |settings| Slot::Path(&mut settings.lake.warehouse_path),
        "Folder of the Iceberg tables and their catalog.",
    )
    .also(&["ICEBERG_WAREHOUSE_PATH"])
    .default("`iceberg` in the data folder"),
    Key::new(
        "lake.catalog_name",
        |settings| Slot::Text(&mut settings.lake.catalog_name),
        "Name of the Iceberg catalog.",
    )
    .also(&["ICEBERG_CATALOG_NAME"]),
    Key::new(
        "lake.namespace",
        |settings| Slot::Text(&mut settings.lake.namespace),
        "Namespace of the landing table.",
    )
    .also(&["ICEBERG_NAMESPACE"]),
    Key::new(
        "lake.table_name",
        |settings| Slot::Text(&mut settings.lake.table_name),
        "Name of the landing table.",
    )
    .also(&["ICEBERG_TABLE_NAME"]),
    Key::new(
        "lake.target_file_size",
        |settings| Slot::Size(&mut settings.lake.target_file_bytes),
        "A data file is closed when it reaches this size.",
    )
    .range(1 << 20, 1 << 34),
    Key::new(
        "lake.row_group_rows",
        |settings| Slot::Count(&mut settings.lake.row_group_rows),
        "Rows held in memory before a row group is written.",
    )
    .range(1024, 1 << 20),
    Key::new(
        "lake.commit_size",
        |settings| Slot::Size(&mut settings.lake.commit_bytes),
        "Uncompressed bytes landed in one commit.",
    )
    .range(1 << 20, 1 << 36),
    Key::new(
        "lake.compression_level",
        |settings| Slot::Level(&mut settings.lake.compression_level),
        "zstd level of data files.",
    )
    .range(1, 22),
    Key::new(
        "warehouse.path",
        |settings| Slot::Path(&mut settings.warehouse.path),
        "The DuckDB file that only `cca` opens.",
    )
    .also(&["DUCKDB_PATH"])
    .default("`warehouse.duckdb` in the data folder"),
    Key::new(
        "dead_letter.dir",
        |settings| Slot::Path(&mut settings.dead_letter.dir),
        "Folder of entries that could not be converted, one subfolder per day.",
    )
    .also(&["DEAD_LETTER_DIR"])
    .default("`dead_letter` in the data folder"),
    Key::new(
        "check.sample_rows",
        |settings| Slot::Count(&mut settings.check.sample_rows),
        "Unexpected values kept as a sample per expectation.",
    )
    .range(0, 1000),
    Key::new(
        "check.keep_days",
        |settings| Slot::Count32(&mut settings.check.keep_days),
        "Days for which outcomes of checks are kept in `cca.check_results`. What rules compare \
         with stays: the last figure of each of the 180 days before, and the last one of all.",
    )
    .range(1, 36_500),
    Key::new(
        "check.before_transform",
        |settings| Slot::Texts(&mut settings.check.before_transform),
        "Suites, layers or tables whose expectations are evaluated between load and transform in \
         `backfill` and `sync`. If one of severity `error` is not met, no model is built and \
         nothing is published. `none` evaluates everything after transform.",
    ),
    Key::new(
        "publish.dir",
        |settings| Slot::Path(&mut settings.publish.dir),
        "Folder with the file that BI tools open.",
    )
    .default("`published` in the data folder"),
    Key::new(
        "publish.reader_root",
        |settings| Slot::OptionalPath(&mut settings.publish.reader_root),
        "The same folder as readers see it, where they run in a container; empty for the real path.",
    ),
    Key::new(
        "publish.keep_generations",
        |settings| Slot::Count(&mut settings.publish.keep_generations),
        "Earlier generations kept for queries that still read them.",
    )
    .range(1, 1000),
    Key::new(
        "watch.buffer",
        |settings| Slot::Duration(&mut settings.watch.buffer),
        "How long changes are collected before they are landed together.",
    )
    .also(&["CDC_BUFFER_SECONDS"])
    .unused("this version reads in batches; run `cca sync` on a schedule"),
    Key::new(
        "alerts.slack_webhook_url",
        |settings| Slot::Secret(&mut settings.alerts.slack_webhook_url),
        "Slack webhook for alerts. Never printed whole.",
    )
    .also(&["SLACK_WEBHOOK_URL"])
    .unused("this version sends no alerts; let the scheduler act on the exit code"),
    Key::new(
        "alerts.email",
        |settings| Slot::Text(&mut settings.alerts.email),
        "E-mail address for alerts.",
    )
    .also(&["ALERT_EMAIL"])
    .unused("this version sends no alerts; let the scheduler act on the exit code"),
];
