//! From the command line to an exit code.

use std::ffi::OsString;
use std::sync::Arc;

use clap::Parser;

use super::arguments::{Arguments, Color, Command, Format, Global, SourceArguments, SourceName};
use super::cancel;
use super::exit_code::DONE;
use super::printer::{Loudness, Printer};
use super::session::Session;
use super::terminal::Terminal;
use crate::config::{self, Environment, Flags, Inputs, SourceKind};
use crate::error::{Error, IoContext, Result};
use crate::project::parse_yaml;
use crate::run::request::ProjectRequest;
use crate::sys::cancel::Cancel;

/// Does what the command line asks for and returns the exit code.
pub fn start(arguments: impl IntoIterator<Item = OsString>, environment: Environment) -> u8 {
    crate::sys::process::huge_pages(false);
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error, &environment),
    };
    let global = &arguments.global;
    let terminal = Terminal::of_process(global.color, &environment);
    let printer = Arc::new(Printer::of_process(
        global.format,
        loudness(global),
        terminal,
    ));
    log(global, &environment);
    let outcome = dispatch(&arguments, environment, &printer).and_then(|()| printer.flush());
    match outcome {
        _ if printer.is_closed() => DONE,
        Ok(()) => DONE,
        Err(error) => {
            // What was printed before the failure must stand before it.
            drop(printer.flush());
            printer.error(&error);
            error.kind().exit_code()
        }
    }
}

/// Help and version go to stdout, mistakes to stderr.
fn explain(error: &clap::Error, environment: &Environment) -> u8 {
    let terminal = Terminal::of_process(Color::Auto, environment);
    let printer = Printer::of_process(Format::Table, Loudness::Normal, terminal);
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        printer.write_err(&text);
        return u8::try_from(error.exit_code()).unwrap_or(DONE);
    }
    let written = printer.data(&text).and_then(|()| printer.flush());
    match written {
        Ok(()) => DONE,
        Err(_) if printer.is_closed() => DONE,
        Err(error) => error.kind().exit_code(),
    }
}

fn dispatch(arguments: &Arguments, environment: Environment, printer: &Arc<Printer>) -> Result<()> {
    if let Command::Completions(command) = &arguments.command {
        return command.execute(printer);
    }
    let here = std::env::current_dir().io("find", std::path::Path::new("."))?;
    let mut flags = flags(&arguments.global, arguments.command.source());
    let timezone = flags.timezone.clone();
    if matches!(arguments.command, Command::Usage(_)) {
        // The zone of a report is not the zone the marts are built in.
        flags.timezone = None;
    }
    let configuration = config::resolve(&Inputs {
        environment,
        current_dir: here,
        flags,
    })?;
    for notice in &configuration.notices {
        printer.tell(Loudness::Normal, &super::style::warn(notice));
    }
    let cancel = Cancel::default();
    let session = Session {
        configuration,
        printer: printer.clone(),
        cancel: cancel.clone(),
        project: project_request(&arguments.global)?,
        names_data_dir: arguments.global.data_dir.is_some(),
        timezone,
    };
    if arguments.command.is_long() {
        cancel::listen(cancel, Arc::downgrade(printer));
    }
    arguments.command.execute(&session)
}

impl Command {
    fn execute(&self, session: &Session) -> Result<()> {
        match self {
            Command::Init(command) => command.execute(session),
            Command::Demo(command) => command.execute(session),
            Command::Backfill(command) => command.execute(session),
            Command::Sync(command) => command.execute(session),
            Command::Extract(command) => command.execute(session),
            Command::Load(command) => command.execute(session),
            Command::Seed(command) => command.execute(session),
            Command::Run(command) => command.execute(session),
            Command::Snapshot(command) => command.execute(session),
            Command::Test(command) => command.execute(session),
            Command::Build(command) => command.execute(session),
            Command::RunOperation(command) => command.execute(session),
            Command::Retry(command) => command.execute(session),
            Command::Source(command) => command.execute(session),
            Command::Check(command) => command.execute(session),
            Command::Publish(command) => command.execute(session),
            Command::Compile(command) => command.execute(session),
            Command::Ls(command) => command.execute(session),
            Command::Show(command) => command.execute(session),
            Command::Query(command) => command.execute(session),
            Command::Status(command) => command.execute(session),
            Command::Usage(command) => command.execute(session),
            Command::Config(command) => command.execute(session),
            Command::Doctor(command) => command.execute(session),
            Command::Completions(command) => command.execute(&session.printer),
        }
    }

    fn source(&self) -> Option<&SourceArguments> {
        match self {
            Command::Backfill(command) => Some(&command.source),
            Command::Sync(command) => Some(&command.source),
            Command::Extract(command) => Some(&command.source),
            Command::Config(command) => Some(&command.source),
            Command::Doctor(command) => Some(&command.source),
            Command::Usage(command) => Some(command.source()),
            _ => None,
        }
    }

    /// Whether it works in steps that Ctrl-C should not tear.
    fn is_long(&self) -> bool {
        matches!(
            self,
            Command::Demo(_)
                | Command::Backfill(_)
                | Command::Sync(_)
                | Command::Extract(_)
                | Command::Load(_)
                | Command::Seed(_)
                | Command::Run(_)
                | Command::Snapshot(_)
                | Command::Test(_)
                | Command::Build(_)
                | Command::RunOperation(_)
                | Command::Retry(_)
                | Command::Check(_)
                | Command::Publish(_)
                | Command::Usage(_)
        )
    }
}

fn flags(global: &Global, source: Option<&SourceArguments>) -> Flags {
    Flags {
        project_dir: global.project_dir.clone(),
        data_dir: global.data_dir.clone(),
        timezone: global.timezone.clone(),
        threads: global.threads,
        source: source
            .and_then(|source| source.source)
            .map(|name| match name {
                SourceName::Transcripts => SourceKind::Transcripts,
                SourceName::Mongo => SourceKind::Mongo,
            }),
        roots: source
            .map(|source| source.roots.clone())
            .unwrap_or_default(),
    }
}

fn project_request(global: &Global) -> Result<ProjectRequest> {
    let here = std::env::current_dir().io("find", std::path::Path::new("."))?;
    let dbt = &global.dbt;
    let wrong = || {
        Error::usage("the variables are not a mapping")
            .at("--vars")
            .hint("Write YAML: `--vars '{name: value}'`.")
    };
    let vars = match dbt.vars.as_deref().map(parse_yaml) {
        None | Some(Ok(serde_json::Value::Null)) => serde_json::Map::new(),
        Some(Ok(serde_json::Value::Object(vars))) => vars,
        Some(Ok(_)) => return Err(wrong()),
        Some(Err(error)) => return Err(wrong().cause(error.message)),
    };
    Ok(ProjectRequest {
        profiles_dir: dbt.profiles_dir.as_ref().map(|dir| here.join(dir)),
        profile: dbt.profile.clone(),
        target: dbt.target.clone(),
        vars: vars.into_iter().collect(),
        threads: global.threads,
    })
}

fn loudness(global: &Global) -> Loudness {
    match (global.quiet, global.verbose) {
        (true, _) => Loudness::Quiet,
        (false, 0) => Loudness::Normal,
        (false, 1) => Loudness::Verbose,
        (false, _) => Loudness::Chatty,
    }
}

/// Diagnostics go to stderr, if asked for.
fn log(global: &Global, environment: &Environment) {
    let filter = match environment.get("CCA_LOG") {
        Some(filter) => filter,
        None if global.verbose >= 2 => "cca=debug,warn",
        None => return,
    };
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    if subscriber.try_init().is_err() {
        tracing::debug!("diagnostics were set up before");
    }
}
