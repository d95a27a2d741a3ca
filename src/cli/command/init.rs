//! `cca init`: the project as files, to change it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::arguments::Format;
use crate::cli::printer::Loudness;
use crate::cli::session::Session;
use crate::cli::{human, style};
use crate::config::{self, PROJECT_FILE};
use crate::error::{IoContext, Result};
use crate::{project, sys};

const EXAMPLES: &str = "\
Examples:
  cca init
  cca init analytics && cd analytics && cca backfill
  cca init --config-only";

const GITIGNORE: &str = "data/\n.env\n";

/// Write the project (models, seeds, expectations, cca.toml) into a folder, to change it
///
/// Writes the models, seeds and expectations of the program and a commented `cca.toml` into a
/// folder. Files that are there already stay as they are. From then on the files are used instead
/// of those in the program.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Init {
    /// The folder; created if it is not there
    #[arg(value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    dir: PathBuf,
    /// Write only `cca.toml`; models, seeds and expectations stay those of the program
    #[arg(long)]
    config_only: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
struct InitReport {
    dir: PathBuf,
    written: Vec<String>,
    kept: Vec<String>,
}

impl Init {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let report = self.write()?;
        if session.printer.format == Format::Json {
            return session.printer.json(&report);
        }
        for path in &report.kept {
            let line = format!("{path} is there already and stays as it is");
            session.printer.tell(Loudness::Normal, &style::warn(line));
        }
        let files = human::plural(report.written.len() as u64, "file");
        let line = format!("wrote {files} to {}", style::name(report.dir.display()));
        session.printer.tell(Loudness::Normal, &line);
        Ok(())
    }

    fn write(&self) -> Result<InitReport> {
        std::fs::create_dir_all(&self.dir).io("create the folder", &self.dir)?;
        let (mut written, mut kept) = if self.config_only {
            (Vec::new(), Vec::new())
        } else {
            project::write_out(&self.dir)?
        };
        for (name, text) in [
            (PROJECT_FILE, config::template()),
            (".gitignore", GITIGNORE.to_owned()),
        ] {
            if write_new(&self.dir.join(name), &text)? {
                written.push(name.to_owned());
            } else {
                kept.push(name.to_owned());
            }
        }
        Ok(InitReport {
            dir: self.dir.clone(),
            written,
            kept,
        })
    }
}

/// Writes a file unless it is there; says whether it did.
fn write_new(path: &Path, text: &str) -> Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    sys::fs::write_atomic(path, text.as_bytes())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays() {
        let dir = tempfile::tempdir().expect("a folder");
        let init = Init {
            dir: dir.path().join("new"),
            config_only: true,
        };
        let report = init.write().expect("written");
        assert_eq!(report.written, [PROJECT_FILE, ".gitignore"]);
        std::fs::write(init.dir.join(PROJECT_FILE), "[vars]\nmine = 1\n").expect("written");
        let report = init.write().expect("nothing to write");
        assert_eq!(report.kept, [PROJECT_FILE, ".gitignore"]);
        let text = std::fs::read_to_string(init.dir.join(PROJECT_FILE)).expect("there");
        assert_eq!(text, "[vars]\nmine = 1\n");
    }
}
