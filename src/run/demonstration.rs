//! Generated transcripts, for trying the product without any of one's own.

use super::context::Context;
use super::report::DemoReport;
use super::request::DemoRequest;
use crate::config::Settings;
use crate::demo;
use crate::error::Result;
use crate::event::{Event, Stage};
use crate::extract::transcripts;
use crate::sys;

/// Seed of the transcripts generated without being asked for in particular.
const DEFAULT_SEED: u64 = 1;

/// Generates demonstration transcripts.
pub fn demo(context: &Context, request: &DemoRequest) -> Result<DemoReport> {
    let end = request.end.unwrap_or_else(sys::clock::now);
    let generated = demo::generate(
        &demo::DemoRequest {
            target: request.target.clone(),
            bytes: request.bytes,
            seed: request.seed,
            end: end.to_zoned(jiff::tz::TimeZone::UTC).date(),
        },
        &*context.observer,
    )?;
    Ok(DemoReport {
        files: generated.files,
        entries: generated.entries,
        bytes: generated.bytes,
        sessions: generated.sessions,
        path: request.target.clone(),
    })
}

/// Generates transcripts below the data folder if the configured roots hold none.
pub(super) fn if_empty(context: &Context, bytes: u64) -> Result<Option<DemoReport>> {
    if transcripts::count_files(&context.settings.transcripts.roots) > 0 {
        return Ok(None);
    }
    let target = context
        .settings
        .project
        .data_dir
        .join("demo")
        .join("transcripts");
    context.observer.observe(Event::Noticed {
        stage: Stage::Extract,
        message: format!(
            "there are no transcripts on this machine; generating some in `{}`",
            target.display()
        ),
    });
    let request = DemoRequest {
        target,
        bytes,
        seed: DEFAULT_SEED,
        end: None,
    };
    demo(context, &request).map(Some)
}

/// The settings with the generated transcripts as the only root.
pub(super) fn settings_for(settings: &Settings, demo: &DemoReport) -> Settings {
    let mut settings = settings.clone();
    settings.transcripts.roots = vec![demo.path.clone()];
    settings
}
