//! `cca run-operation`: one macro.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value as Json};

use crate::cli::arguments::{Format, absolute};
use crate::cli::session::{Detail, Session};
use crate::error::{Error, Result};
use crate::project::parse_yaml;
use crate::run;
use crate::run::request::OperationRequest;

const EXAMPLES: &str = "\
Examples:
  cca run-operation grant_everything
  cca run-operation drop_schema --args '{schema: scratch}'
  cca run-operation codegen.generate_base_model --args '{source_name: raw, table_name: events}'";

/// Call a macro
///
/// Calls a macro of the project or of a package, such as `package.macro`. What it prints goes to
/// stdout. What it does in a transaction that it does not commit is undone.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct RunOperation {
    /// The macro, as `name` or `package.name`
    #[arg(value_name = "MACRO")]
    name: String,
    /// Arguments by name, as YAML
    #[arg(long, value_name = "YAML")]
    args: Option<String>,
    /// Folder of the artifacts
    #[arg(long, value_name = "DIR")]
    target_path: Option<PathBuf>,
}

impl RunOperation {
    pub(in crate::cli) fn execute(&self, session: &Session) -> Result<()> {
        session.refuse_csv()?;
        let request = OperationRequest {
            name: self.name.clone(),
            arguments: arguments(self.args.as_deref())?,
            target_path: absolute(self.target_path.as_deref())?,
        };
        let outcome = run::operate(&session.context()?, &request);
        if session.printer.format != Format::Json {
            let report = match &outcome {
                Ok(report) => report,
                Err((_, report)) => report,
            };
            for text in &report.printed {
                session.printer.data(&format!("{text}\n"))?;
            }
            return match outcome {
                Ok(_) => Ok(()),
                Err((error, _)) => Err(error),
            };
        }
        session.print_run(outcome, Detail::Brief)
    }
}

/// The mapping in `--args`.
fn arguments(text: Option<&str>) -> Result<Map<String, Json>> {
    let wrong = |cause: String| {
        Error::usage("`--args` is no mapping")
            .cause(cause)
            .hint("Write it as `--args '{name: value, other: [1, 2]}'`.")
    };
    let Some(text) = text else {
        return Ok(Map::new());
    };
    match parse_yaml(text) {
        Ok(Json::Object(arguments)) => Ok(arguments),
        Ok(Json::Null) => Ok(Map::new()),
        Ok(other) => Err(wrong(format!("found `{other}`"))),
        Err(error) => Err(wrong(error.message)),
    }
}
