//! A suite proposed from the data as they are, proved on them.

use std::collections::BTreeMap;

use super::check_file::DataFile;
use super::context::Context;
use super::report::ProposedSuite;
use super::request::ProposalRequest;
use crate::check::{self, CheckOptions, Outcome};
use crate::error::{Error, Result};
use crate::project::{Origin, Project, SourceFile};
use crate::sys;
use crate::warehouse::{Access, Connection, Relation};

/// Measures a table and proposes a suite about it, which the data meet now. Only reads.
///
/// # Errors
/// `Usage` if no table is meant, or several; `SourceUnavailable` without the warehouse or file.
pub fn propose_suite(context: &Context, request: &ProposalRequest) -> Result<ProposedSuite> {
    match &request.on {
        Some(path) => {
            let data = DataFile::open(context, path)?;
            let relation = match (&request.table, data.table) {
                (None, Some(only)) => only,
                (Some(name), _) => check::find_relation(&data.connection, name)?,
                (None, None) => {
                    return Err(Error::usage("the file holds several tables")
                        .at(path.display())
                        .hint("Name one: `cca check init TABLE --on FILE`."));
                }
            };
            proposed(context, &data.connection, &relation)
        }
        None => {
            let connection = context.warehouse(Access::ReadOnly)?.connect()?;
            let name = request.table.as_deref().ok_or_else(|| {
                Error::usage("which table is the suite to be about?")
                    .hint("`cca check init MODEL`; `cca ls` lists them.")
            })?;
            let relation = check::find_relation(&connection, name)?;
            proposed(context, &connection, &relation)
        }
    }
}

fn proposed(
    context: &Context,
    connection: &Connection,
    relation: &Relation,
) -> Result<ProposedSuite> {
    let proposal = check::propose(connection, relation, layer(relation))?;
    let project = Project {
        expectations: vec![SourceFile {
            path: format!("{}.yml", relation.name),
            text: proposal.text.clone(),
            origin: Origin::Embedded,
        }],
        ..Project::default()
    };
    let suites = check::load_suites(&project)?;
    let options = CheckOptions {
        run_id: String::new(),
        select: Vec::new(),
        exclude: Vec::new(),
        sample_rows: 0,
        fail_fast: false,
        save_failures: None,
        checked_at: sys::clock::now_micros(),
        keep_days: u32::MAX,
        built: BTreeMap::new(),
        only_new: false,
    };
    let report = check::evaluate(&suites, connection, &mut [], &options, &*context.observer)?;
    if let Some(broken) = report
        .outcomes
        .iter()
        .find(|outcome| !Outcome::is_success(outcome))
    {
        return Err(
            Error::bug("a proposed expectation is not met by its own data")
                .at(&broken.name)
                .cause(&broken.message),
        );
    }
    Ok(ProposedSuite {
        table: format!("{}.{}", relation.schema, relation.name),
        rows: proposal.rows,
        expectations: proposal.expectations as u64,
        text: proposal.text,
    })
}

/// The layer suites about relations of this schema belong to.
fn layer(relation: &Relation) -> &str {
    match relation.schema.as_str() {
        "raw" | "staging" => "bronze",
        "intermediate" => "silver",
        "marts" => "gold",
        own => own,
    }
}
