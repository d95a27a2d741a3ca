//! Extract and land side by side: the source reads on one thread while the lake writes on another,
//! a bounded queue between them.

use std::collections::HashMap;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::config::LakeSettings;
use crate::entry::Batch;
use crate::error::{Error, Kind, Result};
use crate::event::Observer;
use crate::extract::{Marks, Sink, Source, VersionLookup};
use crate::lake::Lake;
use crate::land::{LandingTable, landed_versions};
use crate::sys::cancel::Cancel;

/// Batches waiting between reader and writer; each is bounded by the source.
const QUEUE: usize = 1;

/// Reads everything beyond the marks of `landing` from `source` into it.
pub(super) fn extract_and_land(
    source: &(dyn Source + Sync),
    marks: &Marks,
    full: bool,
    landing: &mut LandingTable<'_>,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Result<()> {
    let mut recognition = if full {
        Some(landing.recognition(&source.name())?)
    } else {
        None
    };
    let (sender, receiver) = bounded::<Batch>(QUEUE);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut sink = ChannelSink { sender, cancel };
            source.read(marks, full, &mut sink, observer)
        });
        let mut reader = Some(reader);
        let next = || {
            let batch = next_batch(&receiver, &mut reader)?;
            Some(match &mut recognition {
                Some(recognition) => batch.and_then(|batch| recognition.filter(batch)),
                None => batch,
            })
        };
        let landed = landing.append_all(next, observer);
        drop(receiver);
        match reader.take().map(std::thread::ScopedJoinHandle::join) {
            Some(Err(_)) => Err(Error::bug("the reader of the source died")),
            _ => landed,
        }
    })
}

type Reader<'scope> = Option<std::thread::ScopedJoinHandle<'scope, Result<()>>>;

/// The next batch; at the end of the queue, the outcome of the reader.
fn next_batch(receiver: &Receiver<Batch>, reader: &mut Reader<'_>) -> Option<Result<Batch>> {
    if let Ok(batch) = receiver.recv() {
        return Some(Ok(batch));
    }
    match reader.take()?.join() {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Err(error)),
        Err(_) => Some(Err(Error::bug("the reader of the source died"))),
    }
}

struct ChannelSink<'a> {
    sender: Sender<Batch>,
    cancel: &'a Cancel,
}

impl Sink for ChannelSink<'_> {
    fn accept(&mut self, batch: Batch) -> Result<()> {
        self.cancel.check()?;
        self.sender
            .send(batch)
            .map_err(|_| Error::new(Kind::Cancelled, "the landing table stopped taking batches"))
    }
}

/// Looks up landed versions in the lake. Opens the lake anew for each question, so that it may be
/// asked from the reader's thread.
pub(super) struct LakeVersions {
    settings: LakeSettings,
}

impl LakeVersions {
    /// Answers from the lake of these settings.
    pub(super) fn new(settings: &LakeSettings) -> Self {
        Self {
            settings: settings.clone(),
        }
    }
}

impl VersionLookup for LakeVersions {
    fn landed_between(&self, source: &str, since: i64, until: i64) -> Result<HashMap<String, i64>> {
        let lake = Lake::open(&self.settings)?;
        match lake.table()? {
            Some(table) => landed_versions(&table, source, since, until),
            None => Ok(HashMap::new()),
        }
    }
}
