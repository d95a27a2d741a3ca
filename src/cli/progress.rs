//! Events while they happen: bars on a terminal, lines elsewhere, JSON lines for programs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::Format;
use super::human;
use super::printer::{Loudness, Printer};
use super::render;
use crate::event::{Event, Observer, Stage, Status};

const TICK: Duration = Duration::from_millis(120);

/// The observer of a run on the command line.
pub(super) struct Progress {
    printer: Arc<Printer>,
    bars: Mutex<Bars>,
}

impl Progress {
    /// Shows events through `printer`.
    pub(super) fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            bars: Mutex::new(Bars::default()),
        }
    }

    fn show_bars(&self, event: &Event) {
        if self.printer.bars().is_hidden() {
            return;
        }
        if let Ok(mut bars) = self.bars.lock() {
            bars.take(event, &self.printer);
        }
    }
}

impl Observer for Progress {
    fn observe(&self, event: Event) {
        if self.printer.format == Format::Json {
            if self.printer.loudness >= Loudness::Verbose
                && let Ok(line) = serde_json::to_string(&event)
            {
                self.printer.write_err(&format!("{line}\n"));
            }
            return;
        }
        self.show_bars(&event);
        if let Some((loudness, line)) = render::event_line(&event) {
            self.printer.tell(loudness, &line);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Ok(bars) = self.bars.lock() {
            bars.clear();
        }
    }
}

/// One bar per stage at work.
#[derive(Default)]
struct Bars {
    stages: BTreeMap<Stage, ProgressBar>,
    building: Vec<String>,
    done: u64,
}

impl Bars {
    fn take(&mut self, event: &Event, printer: &Printer) {
        match event {
            Event::StageStarted { stage } => self.begin(*stage, printer),
            Event::StageFinished { stage, .. } => self.end(*stage),
            Event::ExtractSizeEstimated { total, unit, .. } => self.size(*total, unit, printer),
            Event::ExtractProgressed { advanced } => self.advance(*advanced),
            Event::TransformUnitStarted { name } => {
                self.building.push(name.clone());
                self.tell_units();
            }
            Event::TransformUnitFinished { name, status, .. } => {
                self.building.retain(|other| other != name);
                self.done += u64::from(*status != Status::Skipped);
                self.tell_units();
            }
            Event::CheckExpectationEvaluated { .. } => {
                self.done += 1;
                let text = human::plural(self.done, "expectation");
                self.message(Stage::Check, text);
            }
            Event::PublishGenerationSwapped { relations, .. } => {
                self.message(Stage::Publish, human::plural(*relations, "relation"));
            }
            Event::RowsDeadLettered { .. }
            | Event::Noticed { .. }
            | Event::ExtractRetried { .. }
            | Event::LandSnapshotCommitted { .. }
            | Event::LoadDeltaMerged { .. } => {}
        }
    }

    fn begin(&mut self, stage: Stage, printer: &Printer) {
        self.done = 0;
        self.building.clear();
        let bar = printer.bars().add(ProgressBar::new_spinner());
        bar.set_style(style(
            "{spinner:.cyan} {prefix:<10} {msg:.dim} {elapsed:.dim}",
        ));
        bar.set_prefix(stage.name());
        bar.enable_steady_tick(TICK);
        if let Some(before) = self.stages.insert(stage, bar) {
            before.finish_and_clear();
        }
    }

    fn end(&mut self, stage: Stage) {
        if let Some(bar) = self.stages.remove(&stage) {
            bar.finish_and_clear();
        }
    }

    fn size(&mut self, total: u64, unit: &str, printer: &Printer) {
        if !self.stages.contains_key(&Stage::Extract) {
            self.begin(Stage::Extract, printer);
        }
        let Some(bar) = self.stages.get(&Stage::Extract) else {
            return;
        };
        let counts = if unit == "bytes" {
            "{decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}"
        } else {
            "{human_pos} of {human_len}, {per_sec}"
        };
        bar.set_style(style(&format!(
            "{{spinner:.cyan}} {{prefix:<10}} {{bar:30.blue}} {{percent:>3}} %  {counts}, {{eta}} left"
        )));
        bar.set_length(total);
        bar.set_position(0);
    }

    fn advance(&self, advanced: u64) {
        if let Some(bar) = self.stages.get(&Stage::Extract) {
            bar.inc(advanced);
        }
    }

    fn tell_units(&self) {
        let now = self
            .building
            .first()
            .map(|name| format!(", {name}"))
            .unwrap_or_default();
        self.message(
            Stage::Transform,
            format!("{} built{now}", human::count(self.done)),
        );
    }

    fn message(&self, stage: Stage, text: String) {
        if let Some(bar) = self.stages.get(&stage) {
            bar.set_message(text);
        }
    }

    fn clear(&self) {
        for bar in self.stages.values() {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printer::tests::captured;

    fn events() -> [Event; 3] {
        [
            Event::StageStarted {
                stage: Stage::Extract,
            },
            Event::RowsDeadLettered {
                count: 2,
                reason: "not JSON".into(),
                intended: false,
            },
            Event::TransformUnitFinished {
                name: "fct_messages".into(),
                materialization: "table".into(),
                status: Status::Ok,
                rows: Some(1200),
                elapsed: Duration::from_millis(40),
                message: None,
            },
        ]
    }

    fn shown(format: Format, loudness: Loudness) -> (String, String) {
        let (printer, out, err) = captured(format, loudness);
        let progress = Progress::new(printer);
        events()
            .into_iter()
            .for_each(|event| progress.observe(event));
        (out.text(), err.text())
    }

    #[test]
    fn only_what_deserves_attention_is_told_by_itself() {
        let (out, err) = shown(Format::Table, Loudness::Normal);
        assert_eq!(out, "");
        assert_eq!(
            err,
            "extract: 2 entries could not be converted and were put aside: not JSON\n"
        );
        assert_eq!(shown(Format::Table, Loudness::Quiet).1, "");
        assert_eq!(shown(Format::Json, Loudness::Normal).1, "");
    }

    #[test]
    fn every_step_is_told_if_asked() {
        let (_, err) = shown(Format::Table, Loudness::Verbose);
        assert!(err.contains("extract: started\n"), "{err}");
        assert!(
            err.contains("transform: fct_messages (table), 1,200 rows in 40 ms\n"),
            "{err}"
        );
        let (out, err) = shown(Format::Json, Loudness::Verbose);
        assert_eq!(out, "");
        assert!(
            err.starts_with("{\"event\":\"stage_started\",\"stage\":\"extract\"}\n"),
            "{err}"
        );
        assert_eq!(err.lines().count(), 3);
    }

    #[test]
    fn templates_of_bars_are_valid() {
        for template in [
            "{spinner:.cyan} {prefix:<10} {msg:.dim} {elapsed:.dim}",
            "{bar:30.blue} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left",
            "{human_pos} of {human_len}, {per_sec}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
