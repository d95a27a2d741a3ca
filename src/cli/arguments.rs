//! The command line as it is typed.

use std::path::{Path, PathBuf};

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};

use jiff::Timestamp;

use super::command::{
    backfill, build, check, compile, completions, config, demo, doctor, extract, init, load, ls,
    publish, query, retry, run, run_operation, seed, show, snapshot, source, status, sync, test,
    usage,
};

use crate::error::{Error, IoContext, Result};
use crate::run::request::{ModelsRequest, Selection};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Begin here:
  cca backfill             read everything, build the marts, publish them
  cca sync                 the same for what is new (put this into cron)
  cca demo                 try it on generated transcripts
  cca usage daily          tokens and cost by day
  cca query \"SELECT date_key, tool_calls, cost_usd FROM marts.agg_daily_summary\"

`cca COMMAND --help` has examples. Exit codes: 0 done, 1 a check failed, 2 usage or configuration,
3 unavailable (try again), 4 another run is at work, 70 bug, 130 interrupted.";

/// Analytics for Claude Code conversation logs: from transcripts or MongoDB to a star schema in
/// DuckDB, in one process.
#[derive(Debug, Parser)]
#[command(
    name = "cca",
    version,
    styles = STYLES,
    after_help = AFTER_HELP,
    arg_required_else_help = true,
    subcommand_value_name = "COMMAND",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Folder of the project [default: the nearest with a `cca.toml`, here or above]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) project_dir: Option<PathBuf>,
    /// Folder of everything written
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) data_dir: Option<PathBuf>,
    /// Form of what is printed to stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Tell more on stderr; twice for diagnostics
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Zone of local time in the marts, such as `Europe/Berlin`
    #[arg(long, global = true, value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// Worker threads, and models built at once
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<usize>,
    #[command(flatten)]
    pub(super) dbt: DbtArguments,
}

/// Flags for projects with a `dbt_project.yml`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options for models and dbt projects")]
pub(super) struct DbtArguments {
    /// Folder of `profiles.yml` [default: the project's, else `~/.dbt`]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) profiles_dir: Option<PathBuf>,
    /// Profile, instead of the one the project names
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Target of the profile, instead of its default
    #[arg(short = 't', long, global = true, value_name = "NAME")]
    pub(super) target: Option<String>,
    /// Variables of the models as YAML: `'{days: 7}'`
    #[arg(long, global = true, value_name = "YAML")]
    pub(super) vars: Option<String>,
}

/// The form of stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values, where the outcome is a table
    Csv,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On terminals, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands; each is described where its flags are.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(init::Init),
    Demo(demo::Demo),
    Backfill(backfill::Backfill),
    Sync(sync::Sync),
    Extract(extract::Extract),
    Load(load::Load),
    Seed(seed::Seed),
    Run(run::Run),
    Snapshot(snapshot::Snapshot),
    Test(test::Test),
    Build(build::Build),
    RunOperation(run_operation::RunOperation),
    Retry(retry::Retry),
    Source(source::Source),
    Check(check::Check),
    Publish(publish::Publish),
    Compile(compile::Compile),
    Ls(ls::Ls),
    Show(show::Show),
    Query(query::Query),
    Usage(usage::Usage),
    Status(status::Status),
    Config(config::Config),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

/// Which models and expectations are meant.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SelectionArguments {
    /// Only these: names, `+name` with ancestors, `name+` with descendants, `tag:x`, `path:x`;
    /// several are united, `a,b` is the intersection
    #[arg(short, long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    pub(super) select: Vec<String>,
    /// Not these
    #[arg(long, value_name = "SELECTOR", num_args = 1.., action = clap::ArgAction::Append)]
    pub(super) exclude: Vec<String>,
}

impl SelectionArguments {
    /// The selection a request carries; several selectors may share one argument.
    pub(super) fn to_selection(&self) -> Selection {
        Selection {
            select: words(&self.select),
            exclude: words(&self.exclude),
            ..Selection::default()
        }
    }
}

/// Several words may share one argument.
fn words(list: &[String]) -> Vec<String> {
    list.iter()
        .flat_map(|text| text.split_whitespace())
        .map(str::to_owned)
        .collect()
}

/// Which nodes of a project are meant, and what they are compared with.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct NodeArguments {
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// The selector of this name in `selectors.yml`
    #[arg(long, value_name = "NAME", conflicts_with = "select")]
    pub(super) selector: Option<String>,
    /// Only nodes of this kind: `model`, `seed`, `snapshot`, `test`, `unit_test`, `source`, …
    #[arg(long, value_name = "KIND", num_args = 1.., action = clap::ArgAction::Append)]
    pub(super) resource_type: Vec<String>,
    /// No nodes of this kind
    #[arg(long, value_name = "KIND", num_args = 1.., action = clap::ArgAction::Append)]
    pub(super) exclude_resource_type: Vec<String>,
    /// Which tests come along: `eager` (any parent is selected), `cautious` (all are),
    /// `buildable` (all are, or are ancestors of what is), `empty` (none)
    #[arg(long, value_name = "MODE")]
    pub(super) indirect_selection: Option<String>,
    /// Artifacts of an earlier run, for `state:`, `result:`, `source_status:` and `--defer`; or
    /// another warehouse file, for `--defer`
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub(super) state: Option<PathBuf>,
    /// Read from `--state` what is neither selected nor built here
    #[arg(long, requires = "state")]
    pub(super) defer: bool,
    /// Read from there even what is built here, unless it is selected
    #[arg(long, requires = "defer")]
    pub(super) favor_state: bool,
    /// Folder of `manifest.json`, `run_results.json`, `catalog.json` and the SQL that was run
    /// [default: `target` of a dbt project; none for our own layout]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) target_path: Option<PathBuf>,
}

impl NodeArguments {
    /// The selection a request carries; paths are those of the folder the command was given in.
    pub(super) fn to_selection(&self) -> Result<Selection> {
        Ok(Selection {
            selector: self.selector.clone(),
            indirect: self.indirect_selection.clone(),
            resource_types: words(&self.resource_type),
            exclude_resource_types: words(&self.exclude_resource_type),
            state: absolute(self.state.as_deref())?,
            defer: self.defer,
            favor_state: self.favor_state,
            ..self.selection.to_selection()
        })
    }

    /// A request with this selection and nothing else asked.
    pub(super) fn to_request(&self) -> Result<ModelsRequest> {
        Ok(ModelsRequest {
            selection: self.to_selection()?,
            target_path: self.target_path()?,
            ..ModelsRequest::default()
        })
    }

    /// Where artifacts go, if it is said.
    pub(super) fn target_path(&self) -> Result<Option<PathBuf>> {
        absolute(self.target_path.as_deref())
    }
}

/// A path that stays the same when a project is entered.
pub(super) fn absolute(path: Option<&Path>) -> Result<Option<PathBuf>> {
    path.map(|path| std::path::absolute(path).io("find", path))
        .transpose()
}

/// Flags of models that are built in periods.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PeriodArguments {
    /// Build models in periods from this time on: `2025-01-31` or `2025-01-31T12:00:00`
    #[arg(long, value_name = "TIME")]
    pub(super) event_time_start: Option<String>,
    /// Build models in periods up to this time
    #[arg(long, value_name = "TIME")]
    pub(super) event_time_end: Option<String>,
}

impl PeriodArguments {
    /// Both instants.
    pub(super) fn to_instants(&self) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let read = |flag: &str, text: &Option<String>| {
            text.as_deref()
                .map(|text| {
                    crate::run::instant(text).ok_or_else(|| {
                        Error::usage(format!("`{text}` is not a time"))
                            .at(flag)
                            .hint("Write `2025-01-31` or `2025-01-31T12:00:00`.")
                    })
                })
                .transpose()
        };
        let start = read("--event-time-start", &self.event_time_start)?;
        let end = read("--event-time-end", &self.event_time_end)?;
        Ok((start, end))
    }
}

/// How models are built: `cca run` and `cca build`.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct BuildArguments {
    #[command(flatten)]
    nodes: NodeArguments,
    #[command(flatten)]
    periods: PeriodArguments,
    /// Leave alone what was built from the same SQL, settings, macros, seeds and source rows in an
    /// earlier run with this flag; what a query takes from the clock or from files it names itself
    /// is not seen
    #[arg(long)]
    skip_unchanged: bool,
    /// Rebuild incremental models and load seeds from scratch
    #[arg(long)]
    full_refresh: bool,
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    fail_fast: bool,
}

impl BuildArguments {
    /// The request these arguments make.
    pub(super) fn to_request(&self) -> Result<ModelsRequest> {
        let (event_time_start, event_time_end) = self.periods.to_instants()?;
        Ok(ModelsRequest {
            event_time_start,
            event_time_end,
            skip_unchanged: self.skip_unchanged,
            full_refresh: self.full_refresh,
            fail_fast: self.fail_fast,
            ..self.nodes.to_request()?
        })
    }
}

/// `--source` and `--roots`.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SourceArguments {
    /// What to read [default: `mongo` if a database is configured, else `transcripts`]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(super) source: Option<SourceName>,
    /// Folders with transcripts, instead of those of Claude Code
    #[arg(long, value_name = "DIR", num_args = 1.., value_hint = clap::ValueHint::DirPath)]
    pub(super) roots: Vec<PathBuf>,
}

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SourceName {
    /// Local JSONL transcripts
    Transcripts,
    /// MongoDB collections
    Mongo,
}
