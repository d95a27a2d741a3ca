//! Validation of suites, against what is built or will be.

use std::collections::BTreeSet;

use super::check_file::{DataFile, about, project_of};
use super::context::Context;
use super::models;
use super::report::{SuiteFault, SuiteValidation};
use super::request::{FileCheckRequest, Selection};
use crate::check::{self, About, Known, Validation};
use crate::error::Result;
use crate::load;
use crate::warehouse::{Access, Warehouse};

/// Validates the suites of the project: against the warehouse where it is built, else against the
/// models and sources of the project. Reads no row.
///
/// # Errors
/// Whatever keeps the project or the warehouse from being read; faults of suites are in the result.
pub fn validate_suites(context: &Context) -> Result<SuiteValidation> {
    let warehouse = if context.settings.warehouse.path.exists() {
        Some(context.warehouse(Access::ReadOnly)?)
    } else {
        None
    };
    let connection = warehouse.as_ref().map(Warehouse::connect).transpose()?;
    let relations = relations(context)?;
    let known = Known {
        connection: connection.as_ref(),
        relations: &relations,
    };
    check::validate(&context.project, &About::default(), &known).map(told)
}

/// Validates suites against a file. Reads no row.
///
/// # Errors
/// Whatever keeps the files from being read; faults of suites are in the result.
pub fn validate_file_suites(
    context: &Context,
    request: &FileCheckRequest,
) -> Result<SuiteValidation> {
    let data = DataFile::open(context, &request.on)?;
    let about = about(&data, request)?;
    let known = Known {
        connection: Some(&data.connection),
        relations: &[],
    };
    check::validate(&project_of(&request.suites)?, &about, &known).map(told)
}

/// What there is once everything is built.
fn relations(context: &Context) -> Result<Vec<String>> {
    let graph = models::graph(context)?;
    let mut names: BTreeSet<String> = load::ACCOUNTS.map(str::to_owned).into();
    for node in graph.list(&models::selection(context, &Selection::default())?)? {
        names.insert(format!("{}.{}", node.schema, node.identifier));
        names.extend(node.sources);
    }
    Ok(names.into_iter().collect())
}

fn told(validation: Validation) -> SuiteValidation {
    let fault = |fault: check::Fault| SuiteFault {
        name: fault.name,
        place: fault.error.places().join(", "),
        refused: fault.error.excerpt().cloned(),
        message: fault.error.message().to_owned(),
        causes: fault.error.causes().to_vec(),
        hints: fault.error.hints().to_vec(),
    };
    SuiteValidation {
        suites: validation.suites as u64,
        expectations: validation.expectations as u64,
        faults: validation.faults.into_iter().map(fault).collect(),
        not_built: validation.not_built,
    }
}
