//! From a request to a folder of transcripts.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::calendar::work_days;
use super::dice::Dice;
use super::session::{Session, sessions};
use super::truth::Truth;
use super::vocabulary::Vocabulary;
use super::world::{Project, projects};
use crate::error::{Error, IoContext, Result};
use crate::event::{Event, Observer};
use crate::sys::fs::write_atomic;

/// What is to be generated.
#[derive(Clone, Debug)]
pub struct DemoRequest {
    /// Folder that receives `projects/` and `truth.json`.
    pub target: PathBuf,
    /// Size of all transcripts together; exceeded by less than one session.
    pub bytes: u64,
    /// The same seed gives the same transcripts.
    pub seed: u64,
    /// Last of the sixty days that the transcripts span.
    pub end: Date,
}

/// What was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoReport {
    /// Transcripts, sub-agents' included.
    pub files: u64,
    /// Lines.
    pub entries: u64,
    /// Bytes of all transcripts.
    pub bytes: u64,
    /// Sessions.
    pub sessions: u64,
}

/// Writes demonstration transcripts; refuses to mix them with others.
pub fn generate(request: &DemoRequest, observer: &dyn Observer) -> Result<DemoReport> {
    let folder = request.target.join("projects");
    if folder.exists() {
        return Err(
            Error::usage(format!("`{}` exists already", folder.display()))
                .hint("Choose another folder, or remove that one first."),
        );
    }
    observer.observe(Event::ExtractSizeEstimated {
        source: "demo".to_owned(),
        total: request.bytes,
        unit: "bytes",
    });
    std::fs::create_dir_all(&folder).io("create the folder", &folder)?;
    let mut dice = Dice::new(request.seed);
    let words = Vocabulary::new(&mut dice.fork());
    let mut world = projects(&mut dice.fork());
    let days = work_days(request.end, &mut dice.fork())?;
    let mut writer = Writer {
        folder,
        truth: Truth {
            seed: request.seed,
            end: request.end.to_string(),
            ..Truth::default()
        },
        observer,
    };
    let whole: u64 = days.iter().map(|day| day.weight).sum::<u64>().max(1);
    let mut passed = 0;
    for day in days.into_iter().enumerate() {
        passed += day.1.weight;
        // In 128 bits the product cannot overflow.
        let share = u128::from(request.bytes) * u128::from(passed) / u128::from(whole);
        while u128::from(writer.truth.bytes) < share && day.1.weight > 0 {
            let chosen = dice.weighted(world.iter().map(|project| project.weight));
            let Some(project) = world.get_mut(chosen) else {
                break;
            };
            for session in sessions(day, &words, project, &mut writer.truth, dice.fork()) {
                writer.write(project, session)?;
            }
        }
    }
    writer.close(&request.target)
}

/// Writes files and keeps the books.
struct Writer<'o> {
    folder: PathBuf,
    truth: Truth,
    observer: &'o dyn Observer,
}

impl Writer<'_> {
    fn write(&mut self, project: &Project, session: Session) -> Result<()> {
        let folder = self.folder.join(project.folder());
        let own = folder.join(format!("{}.jsonl", session.id));
        self.write_file(&folder, &own, &session.bytes, session.entries)?;
        let below = folder.join(&session.id).join("subagents");
        for agent in session.agents {
            let path = below.join(format!("agent-{}.jsonl", agent.id));
            self.write_file(&below, &path, &agent.thread.bytes, agent.thread.entries)?;
        }
        Ok(())
    }

    fn write_file(&mut self, folder: &Path, path: &Path, bytes: &[u8], entries: u64) -> Result<()> {
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "can be generated again at any time"
        )]
        std::fs::write(path, bytes).io("write", path)?;
        let advanced = bytes.len() as u64;
        self.truth.files += 1;
        self.truth.entries += entries;
        self.truth.bytes += advanced;
        self.observer.observe(Event::ExtractProgressed { advanced });
        Ok(())
    }

    fn close(self, target: &Path) -> Result<DemoReport> {
        let json = serde_json::to_vec_pretty(&self.truth)
            .map_err(|error| Error::bug("failed to write the totals").cause(error))?;
        write_atomic(&target.join("truth.json"), &json)?;
        let Truth {
            files,
            entries,
            bytes,
            sessions,
            ..
        } = self.truth;
        Ok(DemoReport {
            files,
            entries,
            bytes,
            sessions,
        })
    }
}
