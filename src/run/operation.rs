//! One macro, called by name.

use super::artifacts::{self, Ran};
use super::context::Context;
use super::models;
use super::pipeline::{Needs, recorded};
use super::report::RunReport;
use super::request::{ModelsRequest, OperationRequest};
use crate::error::Error;
use crate::event::Stage;
use crate::transform::{self, Graph, TransformSettings};
use crate::warehouse::Access;

/// The name of the command.
const NAME: &str = "run-operation";

/// Calls a macro of the project or a package.
///
/// # Errors
/// `Usage` if there is no such macro; the failure of the macro itself.
pub fn operate(
    context: &Context,
    request: &OperationRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, NAME, Needs::Nothing, |run| {
        let settings = TransformSettings {
            command: NAME.to_owned(),
            ..models::settings(context, None)
        };
        let graph = Graph::parse(&context.project, &settings)?;
        let warehouse = context.warehouse(Access::ReadWrite)?;
        let started = std::time::Instant::now();
        let done = run.stage(Stage::Transform, |_| {
            transform::operate(
                &graph,
                &warehouse,
                &request.name,
                &request.arguments,
                &*context.observer,
                &context.cancel,
            )
        })?;
        let nothing_selected = ModelsRequest {
            target_path: request.target_path.clone(),
            ..ModelsRequest::default()
        };
        let ran = Ran {
            command: NAME,
            request: &nothing_selected,
            elapsed: started.elapsed(),
        };
        artifacts::write(context, &graph, &warehouse, &done.report, &ran)?;
        let (report, failure) = models::outcome(done.report, "cca run-operation");
        run.report.transform = Some(report);
        run.report.printed = done.printed;
        failure.map_or(Ok(()), Err)
    })
}
