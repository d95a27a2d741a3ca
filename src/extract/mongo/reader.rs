//! Reads one collection: family after family, each in the order of its mark.
//!
//! * Sorted by the mark alone, so that the single-field index people have is enough; documents of
//!   equal mark are told apart by their content, never by an order among them.
//! * After a failure of the server, what was read is handed on, and reading goes on at the last
//!   value, leaving out the documents of that value already taken.
//! * Marks move with every batch: a killed run goes on where the last committed batch ended.

use std::collections::BTreeSet;

use bson::{Bson, Document, RawBsonRef, RawDocument, doc};

use super::config::{Connection, index_command};
use super::convert::{Facts, entry_row, payload};
use super::failure::Failure;
use super::family::Family;
use super::identity::IdTexts;
use super::json::Refusal;
use super::mark::{CollectionMark, FamilyMark, Fingerprint};
use super::replies::Replies;
use super::scalar;
use super::survey::Survey;
use super::window::{Position, Range, Window};
use crate::entry::{BatchBuilder, derive};
use crate::error::Result;
use crate::event::{Event, Observer, Stage};
use crate::extract::{Sink, VersionLookup};

const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 3 << 20;
/// Documents without order from which on the user is told.
const MANY: u64 = 1000;

/// What a reader is told by its source.
pub(super) struct Task<'r> {
    pub(super) connection: &'r Connection,
    pub(super) versions: &'r dyn VersionLookup,
    pub(super) sink: &'r mut dyn Sink,
    pub(super) observer: &'r dyn Observer,
    /// Mark of the last run; `None` reads everything.
    pub(super) previous: Option<CollectionMark>,
    pub(super) since: Option<i64>,
    pub(super) source_name: String,
    pub(super) mark_key: String,
    pub(super) extracted_at: i64,
}

/// A collection being read.
pub(super) struct Reader<'r> {
    pub(super) task: Task<'r>,
    field: String,
    ids: IdTexts,
    pub(super) builder: BatchBuilder,
    pub(super) mark: CollectionMark,
    /// The mark as it is stored once the batches handed on are committed.
    pub(super) handed_on: Option<String>,
    /// `_seq` of the next row. It grows with each, because two versions of a document can be met
    /// in one run, and the later one must win.
    seq: i64,
    /// The family being read, and how far.
    pub(super) current: Option<(Family, Position)>,
    json: String,
    /// Failures in a row.
    pub(super) attempt: u32,
    /// Whether the server has answered in this run.
    pub(super) was_reached: bool,
}

impl<'r> Reader<'r> {
    pub(super) fn new(task: Task<'r>) -> Self {
        let settings = task.connection.settings();
        let field = settings.mark_field.clone();
        let ids = IdTexts::new(&settings.database, task.connection.collection().name());
        let builder = BatchBuilder::new(&task.source_name, task.extracted_at);
        let mark = task
            .previous
            .clone()
            .unwrap_or_else(|| CollectionMark::start(&field));
        let handed_on = task
            .previous
            .as_ref()
            .and_then(|previous| previous.to_json().ok());
        let seq = task.extracted_at.max(mark.seq.saturating_add(1));
        Self {
            task,
            field,
            ids,
            builder,
            mark,
            handed_on,
            seq,
            current: None,
            json: String::new(),
            attempt: 0,
            was_reached: false,
        }
    }

    /// Reads everything beyond the marks.
    pub(super) fn read(mut self) -> Result<()> {
        self.insist("reach", |reader| reader.task.connection.check_collection())?;
        self.was_reached = true;
        let survey = self.insist("look into", |reader| {
            Ok(Survey::of(reader.task.connection, &reader.field)?)
        })?;
        self.announce(&survey);
        for family in &survey.families {
            self.read_family(*family)?;
        }
        if survey.rest || self.mark.rest.is_some() {
            let filter = Family::rest_filter(&self.field, survey.lists);
            let known = self.mark.rest;
            let rest = self.check_again(&filter, known)?;
            self.mark.rest = (rest.documents > 0).then_some(rest);
            self.announce_rest(rest.documents);
        }
        self.flush()
    }

    fn announce(&self, survey: &Survey) {
        if !survey.indexed {
            let collection = self.task.connection.collection();
            let message = format!(
                "`{}` has no index on `{}`, so every run reads and sorts all of it; \
                 `{}` makes runs read only what is new",
                collection.namespace(),
                self.field,
                index_command(collection.name(), &self.field),
            );
            self.task.observer.observe(Event::Noticed {
                stage: Stage::Extract,
                message,
            });
        }
        if self.task.previous.is_none() && self.task.since.is_none() {
            self.task.observer.observe(Event::ExtractSizeEstimated {
                source: self.task.source_name.clone(),
                total: survey.documents,
                unit: "documents",
            });
        }
    }

    fn announce_rest(&self, documents: u64) {
        if documents >= MANY {
            let message = format!(
                "{documents} documents of `{}` have nothing in `{}` that tells when they came, so \
                 every run reads all of them",
                self.task.connection.collection().namespace(),
                self.field,
            );
            self.task.observer.observe(Event::Noticed {
                stage: Stage::Extract,
                message,
            });
        }
    }

    fn read_family(&mut self, family: Family) -> Result<()> {
        if family == Family::Missing && self.field == "_id" {
            return Ok(());
        }
        let known = self
            .task
            .previous
            .as_ref()
            .and_then(|previous| previous.of(family))
            .cloned();
        let mut range = match &known {
            Some(mark) => {
                let lookback = self.task.connection.settings().lookback.as_micros();
                let lookback = i64::try_from(lookback).unwrap_or(i64::MAX);
                Range::after(family, mark, lookback, self.task.since)
            }
            None => Range::whole(family, self.task.since),
        };
        if let (Some(mark), true) = (known, range.exclusive) {
            self.check_ties(family, &range, mark)?;
        }
        self.current = Some((family, Position::default()));
        self.insist("read", |reader| reader.read_range(&mut range))?;
        self.settle();
        self.current = None;
        Ok(())
    }

    /// Reads again what shares the value of a mark that tells no time.
    fn check_ties(&mut self, family: Family, range: &Range, mut mark: FamilyMark) -> Result<()> {
        let value = Bson::try_from(range.from.clone()).unwrap_or(Bson::Null);
        let filter = doc! { family.order_field(&self.field): { "$eq": value } };
        let ties = self.check_again(&filter, mark.ties)?;
        mark.ties = Some(ties);
        self.mark.set(family, mark);
        Ok(())
    }

    fn read_range(&mut self, range: &mut Range) -> Result<(), Failure> {
        let family = range.family;
        let resumed = self
            .current
            .as_ref()
            .and_then(|(_, position)| position.value.clone());
        let filter = match &resumed {
            Some(value) => family.filter(&self.field, value, false),
            None => family.filter(&self.field, &range.from, range.exclusive),
        };
        let sort = doc! { family.order_field(&self.field): 1 };
        self.each(filter, sort, |reader, document| {
            reader.take(document, range)
        })
    }

    /// One document of a family.
    fn take(&mut self, document: &RawDocument, range: &mut Range) -> Result<()> {
        let content_hash = derive::content_hash(document.as_bytes());
        let order_field = range.family.order_field(&self.field);
        let value = match at_path(document, order_field) {
            Ok(value) => value,
            Err(refusal) => {
                self.dead_letter(document, content_hash, refusal);
                return Ok(());
            }
        };
        let Some(value) = value.filter(|value| range.family.holds(value)) else {
            return Ok(());
        };
        let instant = scalar::instant(&value);
        if range.since.is_some() && instant.is_some_and(|instant| Some(instant) < range.since) {
            return Ok(());
        }
        if let Some((_, position)) = &self.current
            && position.has_passed(&value, content_hash)
        {
            return Ok(());
        }
        // A text that is no date says nothing about what comes after it: `2o26-…` would hide all.
        let is_stray = range.family == Family::Text && instant.is_none();
        if is_stray && self.mark.is_settled(content_hash) {
            self.builder.push_duplicate();
        } else {
            let window = range.window.as_mut().map(|window| (window, value));
            self.land(document, content_hash, instant, window)?;
        }
        if is_stray {
            self.mark.settle(content_hash);
        }
        if let Some((_, position)) = &mut self.current {
            position.advance(&value, content_hash, is_stray);
        }
        Ok(())
    }

    /// Makes a row of a document, unless this version of it is landed.
    fn land(
        &mut self,
        document: &RawDocument,
        content_hash: i64,
        ingested_at: Option<i64>,
        window: Option<(&mut Window, RawBsonRef<'_>)>,
    ) -> Result<()> {
        let id = match self.id_text(document) {
            Ok(id) => id,
            Err(refusal) => {
                self.dead_letter(document, content_hash, refusal);
                return Ok(());
            }
        };
        if let Some((window, value)) = window {
            let (source, versions) = (&self.task.source_name, self.task.versions);
            if window.is_landed(&value, &id, content_hash, source, versions)? {
                self.builder.push_duplicate();
                return Ok(());
            }
        }
        let facts = Facts {
            id,
            seq: self.seq,
            content_hash,
            ingested_at,
        };
        let mut json = std::mem::take(&mut self.json);
        match entry_row(document, facts, &mut json) {
            Ok(row) => {
                self.builder.push(&row);
                self.mark.seq = self.seq;
                self.seq += 1;
            }
            Err(refusal) => self.dead_letter(document, content_hash, refusal),
        }
        self.json = json;
        Ok(())
    }

    fn id_text(&self, document: &RawDocument) -> Result<String, Refusal> {
        let id = document.get("_id")?;
        self.ids.text(&id.unwrap_or(RawBsonRef::Null))
    }

    fn dead_letter(&mut self, document: &RawDocument, content_hash: i64, refusal: Refusal) {
        if self.mark.is_settled(content_hash) {
            return self.builder.push_duplicate();
        }
        self.mark.settle(content_hash);
        let name = self.task.connection.collection().name();
        let id = self.id_text(document).unwrap_or_else(|_| "?".to_owned());
        self.builder
            .push_dead_letter(format!("{name} {id}"), refusal.0, payload(document));
    }

    /// Reads a set of documents that has no order, unless it is what it was.
    fn check_again(
        &mut self,
        filter: &Document,
        known: Option<Fingerprint>,
    ) -> Result<Fingerprint> {
        if let Some(known) = known.filter(|_| self.task.previous.is_some()) {
            let now = self.insist("read", |reader| reader.fingerprint(filter))?;
            if now == known {
                (0..now.documents).for_each(|_| self.builder.push_duplicate());
                return Ok(now);
            }
        }
        let mut taken = BTreeSet::new();
        self.insist("read", |reader| {
            let mut fingerprint = Fingerprint::default();
            reader.each(filter.clone(), doc! {}, |reader, document| {
                let content_hash = derive::content_hash(document.as_bytes());
                fingerprint.add(content_hash);
                if taken.insert(content_hash) {
                    reader.land(document, content_hash, None, None)?;
                }
                Ok(())
            })?;
            Ok(fingerprint)
        })
    }

    fn fingerprint(&mut self, filter: &Document) -> Result<Fingerprint, Failure> {
        let mut fingerprint = Fingerprint::default();
        self.each(filter.clone(), doc! {}, |_, document| {
            fingerprint.add(derive::content_hash(document.as_bytes()));
            Ok(())
        })?;
        Ok(fingerprint)
    }

    /// Calls `take` with each document a query finds.
    fn each(
        &mut self,
        filter: Document,
        sort: Document,
        mut take: impl FnMut(&mut Self, &RawDocument) -> Result<()>,
    ) -> Result<(), Failure> {
        for reply in Replies::of(self.task.connection, filter, sort) {
            let reply = reply?;
            self.attempt = 0;
            let mut advanced = 0;
            for item in reply.doc_slices()? {
                if let RawBsonRef::Document(document) = item.map_err(mongodb::error::Error::from)? {
                    advanced += 1;
                    self.builder.add_bytes(document.as_bytes().len() as u64);
                    take(self, document)?;
                    if self.builder.rows() >= BATCH_ROWS || self.builder.bytes() >= BATCH_BYTES {
                        self.flush()?;
                    }
                }
            }
            if advanced > 0 {
                self.task
                    .observer
                    .observe(Event::ExtractProgressed { advanced });
            }
        }
        Ok(())
    }
}

/// The value of a field; a dot leads into documents.
fn at_path<'d>(document: &'d RawDocument, path: &str) -> Result<Option<RawBsonRef<'d>>, Refusal> {
    let (head, tail) = path
        .split_once('.')
        .map_or((path, None), |(head, tail)| (head, Some(tail)));
    match (document.get(head)?, tail) {
        (Some(RawBsonRef::Document(inner)), Some(tail)) => at_path(inner, tail),
        (_, Some(_)) => Ok(None),
        (value, None) => Ok(value),
    }
}
