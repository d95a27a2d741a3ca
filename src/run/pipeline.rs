//! extract → land → load → transform → check → publish, on one screen.

use std::time::Instant;

use super::checks::Part;
use super::context::Context;
use super::extraction::extract_and_land;
use super::lock::RunLock;
use super::report::{
    ExtractReport, LandReport, LoadReport, PublishReport, RunReport, SourceReport, StageTiming,
};
use super::request::{CheckRequest, PipelineRequest};
use super::{checks, demonstration, journal, models, publication, sources, summary, up_to_date};
use crate::config::SourceKind;
use crate::error::{Error, Result};
use crate::event::{Event, Stage};
use crate::extract::transcripts::read_states;
use crate::lake::Lake;
use crate::land::{self, LandingTable};
use crate::load::{self, LoadRequest};
use crate::sys;
use crate::warehouse::{Access, Warehouse};

/// Runs the requested stages in order under the lock of the data folder.
///
/// # Errors
/// Whatever stops a stage; what the stages before it committed stays, and the next run goes on
/// from there. `CheckFailed` if expectations failed, after everything else was done.
pub fn pipeline(
    context: &Context,
    command: &str,
    request: &PipelineRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    let refused = |error: Error| {
        let now = sys::clock::now();
        let empty = RunReport::new(String::new(), command, now, context.places());
        (error, Box::new(empty))
    };
    context.refuse_dbt(command).map_err(refused)?;
    let begins = [Stage::Extract, Stage::Land, Stage::Load];
    let needs = if begins.iter().any(|stage| request.has(*stage)) {
        Needs::Nothing
    } else {
        Needs::Warehouse
    };
    recorded(context, command, needs, |run| {
        if request.has(Stage::Extract) || request.has(Stage::Land) {
            run.extract_and_land(request)?;
        }
        let later = [Stage::Load, Stage::Transform, Stage::Check, Stage::Publish];
        if later.iter().any(|stage| request.has(*stage)) {
            let warehouse = if request.has(Stage::Load) {
                context.warehouse(Access::ReadWrite)?
            } else {
                context.warehouse_built()?
            };
            if request.has(Stage::Load) {
                let from_scratch = request.full && !request.has(Stage::Extract);
                run.load(&warehouse, from_scratch)?;
            }
            run.check_before_transform(&warehouse, request)?;
            if request.has(Stage::Transform) {
                run.transform(&warehouse, request)?;
            }
            if request.has(Stage::Check) {
                let was_checked = run.report.check.is_some();
                let part = if was_checked {
                    Part::AfterTransform
                } else {
                    Part::Everything
                };
                run.check(&warehouse, request, part)?;
            }
            if request.has(Stage::Publish) {
                run.publish(&warehouse)?;
            }
            run.report.summary = summary::read(&warehouse.connect()?)?;
        }
        run.verdict()
    })
}

/// What a command cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// It makes what is not there.
    Nothing,
    /// What earlier runs loaded.
    Warehouse,
}

/// Takes the lock, runs `work`, and writes its outcome to the journal. A command that needs what
/// is not there leaves no folder behind.
pub(super) fn recorded(
    context: &Context,
    command: &str,
    needs: Needs,
    work: impl FnOnce(&mut Run<'_>) -> Result<()>,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    let started = Instant::now();
    let run_id = uuid::Uuid::now_v7().to_string();
    let report = RunReport::new(run_id, command, sys::clock::now(), context.places());
    let mut run = Run { context, report };
    if needs == Needs::Warehouse && !context.settings.project.data_dir.exists() {
        context
            .warehouse_is_there()
            .map_err(|error| (error, Box::new(run.report.clone())))?;
    }
    let data_dir = &context.settings.project.data_dir;
    let outcome = RunLock::acquire(data_dir, command).and_then(|lock| {
        let outcome = work(&mut run);
        run.report.elapsed = started.elapsed();
        run.report.peak_memory = sys::process::peak_memory_bytes();
        journal::record(
            data_dir,
            &run.report,
            started.elapsed(),
            outcome.as_ref().err(),
        )?;
        drop(lock);
        outcome
    });
    match outcome {
        Ok(()) => Ok(run.report),
        Err(error) => Err((error, Box::new(run.report))),
    }
}

/// A run in progress.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) report: RunReport,
}

impl Run<'_> {
    /// Times one stage and reports its beginning and end.
    pub(super) fn stage<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.context.cancel.check()?;
        let observer = self.context.observer.clone();
        observer.observe(Event::StageStarted { stage });
        let started = Instant::now();
        let value = work(self)?;
        let elapsed = started.elapsed();
        self.report.stages.push(StageTiming { stage, elapsed });
        observer.observe(Event::StageFinished { stage, elapsed });
        Ok(value)
    }

    fn extract_and_land(&mut self, request: &PipelineRequest) -> Result<()> {
        let transcripts = self.context.settings.source == SourceKind::Transcripts;
        let demo = if transcripts {
            demonstration::if_empty(self.context, request.demo_if_empty)?
        } else {
            None
        };
        let settings = match &demo {
            Some(demo) => demonstration::settings_for(&self.context.settings, demo),
            None => self.context.settings.clone(),
        };
        self.report.demo = demo;
        self.stage(Stage::Extract, |run| {
            let lake = Lake::open(&settings.lake)?;
            let mut extract = ExtractReport::default();
            let mut land = LandReport::default();
            for source in sources::open(&settings, request.since)? {
                let mut landing = LandingTable::open(
                    &lake,
                    &settings.lake,
                    settings.dead_letter.dir.clone(),
                    &run.report.run_id,
                )?;
                let marks = landing.marks();
                let cancel = &run.context.cancel;
                let observer = &*run.context.observer;
                let full = request.full;
                let outcome =
                    extract_and_land(&*source, &marks, full, &mut landing, cancel, observer);
                let landed = landing.report();
                extract.sources.push(SourceReport {
                    name: source.name(),
                    counts: landed.counts,
                    files: landed.positions,
                });
                land.snapshots += landed.snapshots;
                land.rows += landed.rows;
                land.files += landed.files;
                land.bytes += landed.bytes;
                run.report.extract = Some(extract.clone());
                run.report.land = Some(land);
                outcome?;
            }
            Ok(())
        })
    }

    fn load(&mut self, warehouse: &Warehouse, full: bool) -> Result<()> {
        self.stage(Stage::Load, |run| {
            let settings = &run.context.settings.lake;
            if !Lake::exists(settings) {
                return Err(Error::unavailable("there is no landing table to load")
                    .at(settings.warehouse_path.display())
                    .hint(
                        "Run `cca backfill`, or `cca demo` to try it on generated transcripts.",
                    ));
            }
            let lake = Lake::open(settings)?;
            let connection = warehouse.connect()?.cancellable(&run.context.cancel);
            let Some(table) = lake.table()? else {
                return Ok(());
            };
            let last = if full {
                None
            } else {
                load::last_loaded_snapshot(&connection)?
            };
            let delta = table.files_since(last)?;
            let Some(snapshot_id) = delta.snapshot_id else {
                return Ok(());
            };
            let live = table.files_since(None)?.files;
            let is_new = full || last != Some(snapshot_id);
            let transcripts = if is_new || load::lacks_transcripts(&connection)? {
                Some(read_states(&land::marks(&table)?))
            } else {
                None
            };
            let request = LoadRequest {
                files: delta.files.into_iter().map(|file| file.path).collect(),
                live_files: live.into_iter().map(|file| file.path).collect(),
                snapshot_id,
                from_scratch: full || !delta.is_incremental,
                landings: land::landings(&table),
                transcripts,
            };
            let loaded = load::load(&connection, &request, &*run.context.observer)?;
            run.report.load = Some(LoadReport {
                files: loaded.files,
                inserted: loaded.inserted,
                updated: loaded.updated,
                deleted: loaded.deleted,
                unchanged: loaded.unchanged,
            });
            Ok(())
        })
    }

    fn transform(&mut self, warehouse: &Warehouse, request: &PipelineRequest) -> Result<()> {
        self.stage(Stage::Transform, |run| {
            let build = models::Build {
                selection: &request.selection,
                full_refresh: request.full_refresh,
                fail_fast: request.fail_fast,
            };
            let graph = models::graph(run.context)?;
            let (report, failure) = models::build(run.context, warehouse, &graph, &build)?;
            publication::note_changes(warehouse, &report)?;
            up_to_date::note(run.context, &graph, warehouse, &report)?;
            run.report.transform = Some(report);
            failure.map_or(Ok(()), Err)
        })
    }

    /// Checks of what was loaded: if they fail, models stay as they are. Without such suites,
    /// nothing.
    fn check_before_transform(
        &mut self,
        warehouse: &Warehouse,
        request: &PipelineRequest,
    ) -> Result<()> {
        let early = self.context.settings.check.before_transform();
        let asked = request.has(Stage::Transform) && request.has(Stage::Check);
        if !asked || early.is_empty() {
            return Ok(());
        }
        self.check(warehouse, request, Part::BeforeTransform)?;
        let outcome = self.verdict();
        if outcome.is_err() {
            let message = "no model was built, because expectations about what was loaded failed; \
                           marts and readers keep what they have";
            self.report.notices.push(message.to_owned());
        }
        outcome
    }

    fn check(
        &mut self,
        warehouse: &Warehouse,
        request: &PipelineRequest,
        part: Part,
    ) -> Result<()> {
        self.stage(Stage::Check, |run| {
            let run_id = run.report.run_id.clone();
            let checks = CheckRequest {
                selection: request.selection.clone(),
                ..CheckRequest::default()
            };
            let report = checks::evaluate(run.context, warehouse, &checks, &run_id, part)?;
            let report = checks::told(&report);
            match &mut run.report.check {
                Some(before) => before.join(report),
                none => *none = Some(report),
            }
            Ok(())
        })
    }

    /// What failed its checks is not shown to readers; they keep the generation before.
    fn publish(&mut self, warehouse: &Warehouse) -> Result<()> {
        if self
            .report
            .check
            .as_ref()
            .is_some_and(|check| !check.is_success())
        {
            let message =
                "nothing was published, because expectations failed; readers keep what they have";
            self.report.notices.push(message.to_owned());
            return Ok(());
        }
        self.stage(Stage::Publish, |run| {
            let published = publication::publish(run.context, warehouse)?;
            run.report.publish = Some(PublishReport {
                generation: published.generation,
                relations: published.relations,
                bytes: published.bytes,
                path: published.path,
            });
            Ok(())
        })
    }

    /// A run whose expectations failed has failed, after everything else was done.
    pub(super) fn verdict(&self) -> Result<()> {
        let hint =
            "`cca check` prints the rows that break them; readers keep what was published before.";
        checks::verdict(&self.report, Some(hint))
    }
}
