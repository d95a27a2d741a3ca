//! A configured collection as a source.

use std::sync::Arc;

use jiff::Timestamp;

use super::config::Connection;
use super::mark::CollectionMark;
use super::reader::{Reader, Task};
use crate::config::MongoSettings;
use crate::error::Result;
use crate::event::{Event, Observer, Stage};
use crate::extract::{Marks, Sink, Source, VersionLookup};
use crate::sys::clock;

/// One collection of MongoDB.
#[derive(Clone)]
pub struct MongoSource {
    settings: MongoSettings,
    collection: String,
    versions: Arc<dyn VersionLookup>,
    since: Option<Timestamp>,
}

impl MongoSource {
    /// The source of `collection`, reached as `settings` say; `versions` tells what is landed.
    #[must_use]
    pub fn new(
        settings: &MongoSettings,
        collection: &str,
        versions: Arc<dyn VersionLookup>,
    ) -> Self {
        Self {
            settings: settings.clone(),
            collection: collection.to_owned(),
            versions,
            since: None,
        }
    }

    /// Reads again from `since` on, also what lies before the marks. Without marks, nothing older
    /// is read; where the marks are older than `since`, reading begins at the marks.
    #[must_use]
    pub fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    fn mark_key(&self) -> String {
        format!("mongo:{}.{}", self.settings.database, self.collection)
    }

    /// The mark of the last run, if it is of use.
    fn previous(&self, marks: &Marks, observer: &dyn Observer) -> Option<CollectionMark> {
        let stored = marks.get(&self.mark_key())?;
        let notice = |message| {
            observer.observe(Event::Noticed {
                stage: Stage::Extract,
                message,
            });
        };
        let Some(mark) = CollectionMark::parse(stored) else {
            notice(format!(
                "the mark `{}` is not legible; the collection is read again",
                self.mark_key()
            ));
            return None;
        };
        if mark.field() != self.settings.mark_field {
            notice(format!(
                "the mark of `{}` is about `{}`, not `{}`; the collection is read again",
                self.name(),
                mark.field(),
                self.settings.mark_field,
            ));
            return None;
        }
        Some(mark)
    }
}

impl Source for MongoSource {
    fn name(&self) -> String {
        format!("mongo:{}.{}", self.settings.database, self.collection)
    }

    /// Reads on the calling thread, which must not be one of an asynchronous runtime's workers.
    fn read(
        &self,
        marks: &Marks,
        full: bool,
        sink: &mut dyn Sink,
        observer: &dyn Observer,
    ) -> Result<()> {
        let previous = if full {
            None
        } else {
            self.previous(marks, observer)
        };
        let connection = Connection::open(&self.settings, &self.collection)?;
        Reader::new(Task {
            connection: &connection,
            versions: self.versions.as_ref(),
            sink,
            observer,
            previous,
            since: self.since.filter(|_| !full).map(Timestamp::as_microsecond),
            source_name: self.name(),
            mark_key: self.mark_key(),
            extracted_at: clock::now_micros(),
        })
        .read()
    }
}
