//! One line per event that is worth one.

use crate::cli::human;
use crate::cli::printer::Loudness;
use crate::cli::style;
use crate::event::{Event, Stage, Status};

/// The line of an event and how loud it is; `None` for mere progress.
pub(in crate::cli) fn event_line(event: &Event) -> Option<(Loudness, String)> {
    use Loudness::{Chatty, Normal, Verbose};
    Some(match event {
        Event::StageStarted { stage } => (Verbose, line(*stage, "started")),
        Event::StageFinished { stage, elapsed } => {
            (Verbose, line(*stage, &format!("done in {}", human::duration(*elapsed))))
        }
        Event::ExtractSizeEstimated { source, total, unit } => {
            let size = if *unit == "bytes" {
                human::bytes(*total)
            } else {
                format!("{} {unit}", human::count(*total))
            };
            (Verbose, line(Stage::Extract, &format!("{size} to read from {source}")))
        }
        Event::ExtractProgressed { .. } => return None,
        Event::RowsDeadLettered { count, reason, intended } => {
            let entries = human::plural(*count, "entry/entries");
            let verb = if *count == 1 { "was" } else { "were" };
            let text = format!("{entries} could not be converted and {verb} put aside: {reason}");
            if *intended {
                (Verbose, line(Stage::Extract, &text))
            } else {
                (Normal, line(Stage::Extract, &style::bad(text)))
            }
        }
        Event::Noticed { stage, message } => (Normal, line(*stage, &style::warn(message))),
        Event::ExtractRetried { attempt, pause, reason } => {
            let text = format!(
                "attempt {attempt} failed, trying again in {}: {reason}",
                human::duration(*pause)
            );
            (Normal, line(Stage::Extract, &style::warn(text)))
        }
        Event::LandSnapshotCommitted { snapshot_id, rows, files, bytes } => {
            let text = format!(
                "snapshot {snapshot_id}: {} in {}, {}",
                human::plural(*rows, "row"),
                human::plural(*files, "file"),
                human::bytes(*bytes)
            );
            (Verbose, line(Stage::Land, &text))
        }
        Event::LoadDeltaMerged { files, inserted, updated, deleted, unchanged } => {
            let text = format!(
                "{}: {} inserted, {} updated, {} deleted, {} unchanged",
                human::plural(*files, "file"),
                human::count(*inserted),
                human::count(*updated),
                human::count(*deleted),
                human::count(*unchanged)
            );
            (Verbose, line(Stage::Load, &text))
        }
        Event::TransformUnitStarted { name } => {
            (Chatty, line(Stage::Transform, &format!("{name} started")))
        }
        Event::TransformUnitFinished { .. } => unit_line(event)?,
        Event::CheckExpectationEvaluated { name, status, message } => {
            let loudness = if *status == Status::Ok { Chatty } else { Normal };
            (loudness, line(Stage::Check, &format!("{} {name}: {message}", verdict(*status))))
        }
        Event::PublishGenerationSwapped { generation, relations, bytes } => {
            let text = format!(
                "generation {generation}: {}, {}",
                human::plural(*relations, "relation"),
                human::bytes(*bytes)
            );
            (Verbose, line(Stage::Publish, &text))
        }
    })
}

fn unit_line(event: &Event) -> Option<(Loudness, String)> {
    let Event::TransformUnitFinished { name, materialization, status, rows, elapsed, message } = event
    else {
        return None;
    };
    if *status == Status::Ok {
        let rows = rows.map(|rows| format!(", {}", human::plural(rows, "row"))).unwrap_or_default();
        let text = format!("{name} ({materialization}){rows} in {}", human::duration(*elapsed));
        return Some((Loudness::Verbose, line(Stage::Transform, &text)));
    }
    let reason = message.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
    let colon = if reason.is_empty() { "" } else { ": " };
    let text = format!("{} {name}{colon}{reason}", verdict(*status));
    Some((Loudness::Normal, line(Stage::Transform, &text)))
}

fn line(stage: Stage, text: &str) -> String {
    format!("{} {text}", style::dim(format!("{}:", stage.name())))
}

/// The word of a result in its colour.
pub(super) fn verdict(status: Status) -> String {
    match status {
        Status::Ok => style::good("ok"),
        Status::Warned => style::warn("warned"),
        Status::Failed => style::bad("failed"),
        Status::Skipped => style::dim("skipped"),
    }
}
