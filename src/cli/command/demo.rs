//! `cca demo`: generated transcripts.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::Format;
use crate::cli::session::{Detail, Session};
use crate::cli::{human, style};
use crate::config::{Settings, SourceKind, parse_size};
use crate::error::Result;
use crate::run;
use crate::run::report::DemoReport;
use crate::run::request::{DemoRequest, PipelineRequest};

const EXAMPLES: &str = "\
Examples:
  cca demo
  cca demo --size 1GB --seed 7
  cca demo --generate-only --target /tmp/transcripts
  cca demo --data-dir ./try && cca query --data-dir ./try \"FROM marts.dim_tools\"";

/// Generate realistic transcripts and run everything on them
///
/// Generates realistic transcripts and runs every stage on them. Unless `--data-dir` says
/// otherwise, everything goes to the folder `demo` in the data folder, apart from real data.
/// Transcripts generated there before are used again.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Demo {
    /// How much to generate
    #[arg(long, value_name = "SIZE", default_value = "50MB", value_parser = parse_size)]
    size: u64,
    /// The same seed gives the same transcripts
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder of the transcripts [default: `transcripts` in the folder of the demonstration]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    // A text, because it takes the place of the global flag of this name.
    target: Option<String>,
    /// Generate transcripts and stop
    #[arg(long)]
    generate_only: bool,
}

impl Demo {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let mut settings = settings_apart(session);
        let reuse = self.target.is_none() && !self.generate_only;
        let target = self.target.as_ref().map_or_else(
            || settings.project.data_dir.join("transcripts"),
            PathBuf::from,
        );
        settings.source = SourceKind::Transcripts;
        settings.transcripts.roots = vec![target.clone()];
        let context = session.context_with(settings)?;
        let request = DemoRequest {
            target,
            bytes: self.size,
            seed: self.seed,
            end: None,
            reuse,
        };
        let generated = run::demo(&context, &request)?;
        if self.generate_only {
            return print(session, &generated);
        }
        let request = PipelineRequest::everything();
        session.print_run(run::pipeline(&context, "demo", &request), Detail::Full)
    }
}

/// A data folder that the user named is taken as it is; else real data is kept clean.
fn settings_apart(session: &Session) -> Settings {
    let settings = session.settings();
    if session.names_data_dir {
        return settings.below(&settings.project.data_dir);
    }
    settings.below(&settings.project.data_dir.join("demo"))
}

fn print(session: &Session, generated: &DemoReport) -> Result<()> {
    if session.printer.format == Format::Json {
        return session.printer.json(generated);
    }
    session.printer.data(&format!(
        "{} in {} and {} ({})\n{}\n",
        human::plural(generated.entries, "entry/entries"),
        human::plural(generated.sessions, "session"),
        human::plural(generated.files, "file"),
        human::bytes(generated.bytes),
        style::name(generated.path.display())
    ))
}
