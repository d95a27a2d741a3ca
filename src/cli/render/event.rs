//! One line per event that is worth one.

use crate::cli::human;
use crate::cli::printer::Loudness;
use crate::cli::style;
use crate::event::{Event, Stage, Status};

/// The line of an event and how loud it is; `None` for mere progress.
pub(in crate::cli) fn event_line(event: &Event) -> Option<(Loudness, String)> {
    let (loudness, stage, text) = match event {
        Event::StageStarted { stage } => (Loudness::Verbose, *stage, "started".to_owned()),
        Event::StageFinished { stage, elapsed } => {
            let text = format!("done in {}", human::duration(*elapsed));
            (Loudness::Verbose, *stage, text)
        }
        Event::Noticed { stage, message } => (Loudness::Normal, *stage, style::warn(message)),
        Event::ExtractProgressed { .. } => return None,
        Event::ExtractSizeEstimated { .. }
        | Event::ExtractRetried { .. }
        | Event::RowsDeadLettered { .. } => extract_line(event)?,
        Event::LandSnapshotCommitted { .. }
        | Event::LoadDeltaMerged { .. }
        | Event::PublishGenerationSwapped { .. } => commit_line(event)?,
        Event::TransformUnitStarted { name } => (
            Loudness::Chatty,
            Stage::Transform,
            format!("{name} started"),
        ),
        Event::TransformUnitFinished { .. } => unit_line(event)?,
        Event::CheckExpectationEvaluated {
            name,
            status,
            message,
        } => {
            let loudness = if *status == Status::Ok {
                Loudness::Chatty
            } else {
                Loudness::Normal
            };
            (
                loudness,
                Stage::Check,
                format!("{} {name}: {message}", verdict(*status)),
            )
        }
    };
    let stage = style::dim(format!("{}:", stage.name()));
    Some((loudness, format!("{stage} {text}")))
}

type Line = (Loudness, Stage, String);

/// What happens while entries are read.
fn extract_line(event: &Event) -> Option<Line> {
    let (loudness, text) = match event {
        Event::ExtractSizeEstimated {
            source,
            total,
            unit,
        } => {
            let size = if *unit == "bytes" {
                human::bytes(*total)
            } else {
                format!("{} {unit}", human::count(*total))
            };
            (Loudness::Verbose, format!("{size} to read from {source}"))
        }
        Event::ExtractRetried {
            attempt,
            pause,
            reason,
        } => {
            let pause = human::duration(*pause);
            let text = format!("attempt {attempt} failed, trying again in {pause}: {reason}");
            (Loudness::Normal, style::warn(text))
        }
        Event::RowsDeadLettered {
            count,
            reason,
            intended,
        } => {
            let entries = human::plural(*count, "entry/entries");
            let verb = if *count == 1 { "was" } else { "were" };
            let text = format!("{entries} could not be converted and {verb} put aside: {reason}");
            if *intended {
                (Loudness::Verbose, text)
            } else {
                (Loudness::Normal, style::bad(text))
            }
        }
        _ => return None,
    };
    Some((loudness, Stage::Extract, text))
}

/// What becomes durable or visible.
fn commit_line(event: &Event) -> Option<Line> {
    let (stage, text) = match event {
        Event::LandSnapshotCommitted {
            snapshot_id,
            rows,
            files,
            bytes,
        } => {
            let rows = human::plural(*rows, "row");
            let files = human::plural(*files, "file");
            let text = format!(
                "snapshot {snapshot_id}: {rows} in {files}, {}",
                human::bytes(*bytes)
            );
            (Stage::Land, text)
        }
        Event::LoadDeltaMerged {
            files,
            inserted,
            updated,
            deleted,
            unchanged,
        } => {
            let text = format!(
                "{}: {} inserted, {} updated, {} deleted, {} unchanged",
                human::plural(*files, "file"),
                human::count(*inserted),
                human::count(*updated),
                human::count(*deleted),
                human::count(*unchanged)
            );
            (Stage::Load, text)
        }
        Event::PublishGenerationSwapped {
            generation,
            relations,
            bytes,
        } => {
            let relations = human::plural(*relations, "relation");
            let text = format!(
                "generation {generation}: {relations}, {}",
                human::bytes(*bytes)
            );
            (Stage::Publish, text)
        }
        _ => return None,
    };
    Some((Loudness::Verbose, stage, text))
}

/// How a model or seed ended.
fn unit_line(event: &Event) -> Option<Line> {
    let Event::TransformUnitFinished {
        name,
        materialization,
        status,
        rows,
        elapsed,
        message,
    } = event
    else {
        return None;
    };
    if *status == Status::Ok {
        let rows = rows.map(|rows| format!(", {}", human::plural(rows, "row")));
        let rows = rows.unwrap_or_default();
        let text = format!(
            "{name} ({materialization}){rows} in {}",
            human::duration(*elapsed)
        );
        return Some((Loudness::Verbose, Stage::Transform, text));
    }
    let reason = message
        .as_deref()
        .and_then(|text| text.lines().next())
        .unwrap_or_default();
    let colon = if reason.is_empty() { "" } else { ": " };
    let text = format!("{} {name}{colon}{reason}", verdict(*status));
    Some((Loudness::Normal, Stage::Transform, text))
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
