//! Generated transcripts, for trying the product without any of one's own.

use std::path::Path;

use super::context::Context;
use super::report::DemoReport;
use super::request::DemoRequest;
use crate::config::Settings;
use crate::demo;
use crate::error::{IoContext, Result};
use crate::event::{Event, Stage};
use crate::extract::transcripts;
use crate::sys;

/// Seed of the transcripts generated without being asked for in particular.
const DEFAULT_SEED: u64 = 1;

/// Generates demonstration transcripts, or finds those generated before where that is asked for.
pub fn demo(context: &Context, request: &DemoRequest) -> Result<DemoReport> {
    if request.reuse && transcripts::count_files(std::slice::from_ref(&request.target)) > 0 {
        context.observer.observe(Event::Noticed {
            stage: Stage::Extract,
            message: format!(
                "using the transcripts generated before; remove `{}` to generate others",
                request.target.display()
            ),
        });
        return found(&request.target);
    }
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

/// Describes transcripts generated before.
fn found(target: &Path) -> Result<DemoReport> {
    let mut report = DemoReport {
        files: 0,
        entries: 0,
        bytes: 0,
        sessions: 0,
        path: target.to_owned(),
    };
    for item in walkdir::WalkDir::new(target).into_iter().flatten() {
        let name = item.file_name().to_string_lossy();
        if !item.file_type().is_file() || !name.ends_with(".jsonl") {
            continue;
        }
        let text = std::fs::read(item.path()).io("read", item.path())?;
        report.files += 1;
        report.bytes += text.len() as u64;
        report.entries += memchr::memchr_iter(b'\n', &text).count() as u64;
        report.sessions += u64::from(!name.starts_with("agent-"));
    }
    Ok(report)
}

/// Stands in for transcripts where the configured roots hold none: generates some below the data
/// folder if `bytes` are asked for, and goes on with those of an earlier run in any case.
pub(super) fn if_empty(context: &Context, bytes: Option<u64>) -> Result<Option<DemoReport>> {
    let settings = &context.settings;
    if transcripts::count_files(&settings.transcripts.roots) > 0 {
        return Ok(None);
    }
    let target = settings.project.data_dir.join("demo").join("transcripts");
    let bytes = match bytes {
        Some(bytes) => bytes,
        None if target.is_dir() => 0,
        None => return Ok(None),
    };
    context.observer.observe(Event::Noticed {
        stage: Stage::Extract,
        message: format!(
            "there are no transcripts on this machine; a demonstration is in `{}`",
            target.display()
        ),
    });
    let request = DemoRequest {
        target,
        bytes,
        seed: DEFAULT_SEED,
        end: None,
        reuse: true,
    };
    demo(context, &request).map(Some)
}

/// The settings with the generated transcripts as the only root.
pub(super) fn settings_for(settings: &Settings, demo: &DemoReport) -> Settings {
    let mut settings = settings.clone();
    settings.transcripts.roots = vec![demo.path.clone()];
    settings
}
