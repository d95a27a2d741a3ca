//! What is found on this machine, what is missing, and what to do about it.

use std::path::Path;

use super::context::Context;
use super::journal;
use super::lock::RunLock;
use super::report::{DoctorReport, Finding};
use crate::config::SourceKind;
use crate::extract::{mongo, transcripts};
use crate::lake::Lake;
use crate::sys;
use crate::transform::Graph;
use crate::warehouse::Access;

/// Free space below which a run is likely to fail.
const SPACE_WANTED: u64 = 1 << 30;

/// Looks at everything a run needs; never fails, every trouble is a finding.
#[must_use]
pub fn doctor(context: &Context) -> DoctorReport {
    let findings = vec![
        Finding::ok("version", format!("cca {}", env!("CARGO_PKG_VERSION"))),
        project(context),
        source(context),
        data_folder(&context.settings.project.data_dir),
        space(&context.settings.project.data_dir),
        lock(&context.settings.project.data_dir),
        lake(context),
        warehouse(context),
        zone(&context.settings.project.timezone),
        last_run(&context.settings.project.data_dir),
    ];
    DoctorReport { findings }
}

fn project(context: &Context) -> Finding {
    let place = context
        .settings
        .project
        .dir
        .as_ref()
        .map_or_else(|| "embedded".to_owned(), |dir| dir.display().to_string());
    match Graph::parse(&context.project, &super::models::settings(context, None)) {
        Ok(_) => Finding::ok(
            "project",
            format!(
                "{place}: {} models, {} seeds, {} suites",
                context.project.root.models.len(),
                context.project.root.seeds.len(),
                context.project.expectations.len()
            ),
        ),
        Err(error) => Finding::error(
            "project",
            format!("{place}: {}", error.message()),
            "Run `cca compile` for the whole message.",
        ),
    }
}

fn source(context: &Context) -> Finding {
    match context.settings.source {
        SourceKind::Transcripts => transcript_source(context),
        SourceKind::Mongo => match mongo::ping(&context.settings.mongo) {
            Ok(server) => Finding::ok("source", server),
            Err(error) => Finding::error(
                "source",
                std::iter::once(error.message())
                    .chain(error.causes().iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(": "),
                error
                    .hints()
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "Check MONGO_URI and that the server runs.".to_owned()),
            ),
        },
    }
}

fn transcript_source(context: &Context) -> Finding {
    let roots = &context.settings.transcripts.roots;
    let names: Vec<String> = roots
        .iter()
        .map(|root| root.display().to_string())
        .collect();
    match transcripts::count_files(roots) {
        0 => Finding::warn(
            "source",
            match names.as_slice() {
                [] => "no transcripts: there is neither CLAUDE_CONFIG_DIR, ~/.claude nor ~/.config/claude".to_owned(),
                [..] => format!("no transcripts in {}", names.join(", ")),
            },
            "Run `cca demo` to try it on generated transcripts, or name folders with `--roots`.",
        ),
        files => Finding::ok(
            "source",
            format!("{files} transcripts in {}", names.join(", ")),
        ),
    }
}

fn data_folder(dir: &Path) -> Finding {
    // Only a run makes the folder; until then the one that will hold it counts.
    let there = nearest_folder(dir);
    match tempfile::tempfile_in(there) {
        Ok(_) if there == dir => {
            Finding::ok("data folder", format!("{} is writable", dir.display()))
        }
        Ok(_) => Finding::ok(
            "data folder",
            format!("{} will be made by the first run", dir.display()),
        ),
        Err(error) => Finding::error(
            "data folder",
            format!("{}: {error}", dir.display()),
            "Choose another folder with `--data-dir`.",
        ),
    }
}

/// The folder, or the innermost one above it that is there.
fn nearest_folder(dir: &Path) -> &Path {
    let mut above = dir.ancestors();
    above.find(|one| one.is_dir()).unwrap_or(Path::new("."))
}

fn space(dir: &Path) -> Finding {
    match sys::process::free_bytes(nearest_folder(dir)) {
        Some(free) if free < SPACE_WANTED => Finding::warn(
            "disk",
            format!("{} MiB free", free >> 20),
            "Free some space, or choose another disk with `--data-dir`.",
        ),
        Some(free) => Finding::ok("disk", format!("{} GiB free", free >> 30)),
        None => Finding::warn("disk", "free space is not known", "Look at it with `df`."),
    }
}

fn lock(dir: &Path) -> Finding {
    match RunLock::holder(dir) {
        None => Finding::ok("lock", "no run is at work"),
        Some(holder) => Finding::warn(
            "lock",
            format!(
                "`cca {}`, process {} on {}, since {}",
                holder.command, holder.pid, holder.host, holder.since
            ),
            "Wait for it to end before starting another run.",
        ),
    }
}

fn lake(context: &Context) -> Finding {
    let settings = &context.settings.lake;
    if !Lake::exists(settings) {
        return Finding::ok(
            "lake",
            format!("not there yet: {}", settings.warehouse_path.display()),
        );
    }
    match Lake::open(settings)
        .and_then(|lake| Ok(lake.table()?.map(|table| table.snapshot_count())))
    {
        Ok(snapshots) => Finding::ok("lake", format!("{} snapshots", snapshots.unwrap_or(0))),
        Err(error) => Finding::error(
            "lake",
            error.message().to_owned(),
            "Move the folder away and run `cca backfill`.",
        ),
    }
}

fn warehouse(context: &Context) -> Finding {
    let path = &context.settings.warehouse.path;
    if !path.exists() {
        return Finding::ok("warehouse", format!("not there yet: {}", path.display()));
    }
    match context.warehouse(Access::ReadOnly) {
        Ok(_) => Finding::ok("warehouse", format!("{} opens", path.display())),
        Err(error) => Finding::error(
            "warehouse",
            error.message().to_owned(),
            error.hints().first().cloned().unwrap_or_default(),
        ),
    }
}

fn zone(name: &str) -> Finding {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Finding::ok("time zone", name.to_owned()),
        Err(error) => Finding::error(
            "time zone",
            error.to_string(),
            "Set `project.timezone` to an IANA name such as `Europe/Berlin`.",
        ),
    }
}

fn last_run(dir: &Path) -> Finding {
    match journal::last(dir) {
        None => Finding::ok("last run", "none yet"),
        Some(run) if run.succeeded => Finding::ok(
            "last run",
            format!("`cca {}` at {}", run.command, run.started_at),
        ),
        Some(run) => Finding::warn(
            "last run",
            format!(
                "`cca {}` at {} failed: {}",
                run.command,
                run.started_at,
                run.message.unwrap_or_default()
            ),
            "Run the command again; it goes on where it stopped.",
        ),
    }
}
