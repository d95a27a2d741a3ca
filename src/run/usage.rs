//! Usage: takes in what is new, as far as the reports need it, and gives every call once.

use super::context::Context;
use super::pipeline;
use super::request::{PipelineRequest, Selection, UsageMode, UsageRequest};
use super::sources::no_transcripts;
use super::up_to_date;
use crate::config::SourceKind;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Stage};
use crate::extract::transcripts;
use crate::project::{Layout, Project};
use crate::usage::direct::{Scanner, Transcript};
use crate::usage::period::Calendar;
use crate::usage::price::PriceList;
use crate::usage::{Calls, ccusage, store};
use crate::warehouse::Access;

/// Gives calls again and again; what did not change is not read again.
pub struct UsageReader<'a> {
    context: &'a Context,
    mode: UsageMode,
    scanner: Scanner,
}

impl<'a> UsageReader<'a> {
    /// A reader as asked for.
    #[must_use]
    pub fn new(context: &'a Context, request: &UsageRequest) -> Self {
        Self {
            context,
            mode: request.mode,
            scanner: Scanner::default(),
        }
    }

    /// Every call up to now.
    ///
    /// From the store, what is new is extracted, landed, loaded and built first; while another run
    /// holds the store, transcripts are read directly, with a notice.
    ///
    /// # Errors
    /// Whatever stops the run; what it committed stays.
    pub fn read(&mut self) -> Result<Calls> {
        // The models of a dbt project are not ours, so there is nothing to ask in its store.
        if self.mode == UsageMode::Direct || self.context.project.layout == Layout::Dbt {
            return self.read_directly();
        }
        match read_store(self.context) {
            Err(error) if error.kind() == Kind::Locked && self.has_transcripts() => {
                self.notice(format!(
                    "{}; the transcripts are read directly",
                    error.message()
                ));
                self.read_directly()
            }
            other => other,
        }
    }

    /// Compares our count of the transcripts with that of ccusage.
    ///
    /// # Errors
    /// `SourceUnavailable` for a transcript that cannot be read, `Usage` for another source.
    pub fn compare_with_ccusage(
        &mut self,
        range: ccusage::Range,
        calendar: &mut Calendar,
    ) -> Result<ccusage::Comparison> {
        self.scan()?;
        let prices = prices(self.context)?;
        let transcripts: Vec<Transcript> = self.scanner.transcripts().cloned().collect();
        let theirs = ccusage::read_all(&transcripts).map_err(|(path, error)| {
            Error::unavailable("failed to read a transcript")
                .at(path.display())
                .cause(error)
        })?;
        let ours = self.scanner.trace(&prices);
        Ok(ccusage::compare(&theirs, &ours, &prices, range, calendar))
    }

    fn has_transcripts(&self) -> bool {
        self.context.settings.source == SourceKind::Transcripts
    }

    fn notice(&self, message: String) {
        self.context.observer.observe(Event::Noticed {
            stage: Stage::Extract,
            message,
        });
    }

    fn read_directly(&mut self) -> Result<Calls> {
        self.scan()?;
        let prices = prices(self.context)?;
        let user = &self.context.settings.transcripts.user;
        Ok(self.scanner.calls(&prices, user))
    }

    /// Reads what is new in the transcripts.
    fn scan(&mut self) -> Result<()> {
        let settings = &self.context.settings;
        if !self.has_transcripts() {
            return Err(Error::usage("only transcripts can be read directly")
                .at("--direct")
                .cause("the source is a database")
                .hint("Leave `--direct` away, or name transcripts with `--roots DIR`."));
        }
        if settings.transcripts.roots.is_empty() {
            return Err(no_transcripts());
        }
        let observer = &*self.context.observer;
        let found = transcripts::list(&settings.transcripts, observer)?;
        let found = found.into_iter().map(transcript).collect();
        let threads = settings.project.threads;
        let notices = self.scanner.refresh(found, threads, &self.context.cancel)?;
        for message in notices {
            self.notice(message);
        }
        Ok(())
    }
}

/// The price seed of the project; of a dbt project, which has none, the one of the binary.
pub(super) fn prices(context: &Context) -> Result<PriceList> {
    let embedded;
    let project = match context.project.layout {
        Layout::Own => &context.project,
        Layout::Dbt => {
            embedded = Project::discover(None)?;
            &embedded
        }
    };
    let seed = project
        .root
        .seeds
        .iter()
        .find(|seed| seed.stem() == "model_prices");
    let seed = seed.ok_or_else(|| {
        Error::project("the project has no seed `model_prices`")
            .hint("Put back `seeds/model_prices.csv`, as `cca init` writes it.")
    })?;
    PriceList::parse(&seed.text, &seed.path)
}

pub(super) fn transcript(file: transcripts::TranscriptFile) -> Transcript {
    Transcript {
        path: file.path,
        size: file.size,
        stamp: file.stamp,
        hash: file.hash,
        source_file: file.source_file,
        project_id: file.project_id,
        session_id: file.session_id,
        is_agent: file.is_agent,
    }
}

fn read_store(context: &Context) -> Result<Calls> {
    if let Some(calls) = up_to_date::current(context, store::calls)? {
        return Ok(calls);
    }
    let request = PipelineRequest {
        selection: needed(),
        ..PipelineRequest::of([Stage::Extract, Stage::Land, Stage::Load, Stage::Transform])
    };
    pipeline(context, "usage", &request).map_err(|(error, _)| error)?;
    let warehouse = context.warehouse(Access::ReadOnly)?;
    store::calls(&warehouse.connect()?)
}

/// The models that reports read, with everything they are made of.
pub(super) fn needed() -> Selection {
    Selection {
        select: store::MODELS
            .iter()
            .map(|model| format!("+{model}"))
            .collect(),
        ..Selection::default()
    }
}
