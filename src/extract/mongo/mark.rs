//! The high-water mark of a collection, as a JSON document.
//!
//! ```json
//! {"version":1,"field":"ingestedAt","seq":1786380999000000,
//!  "by_type":{"date":{"value":{"$date":{"$numberLong":"1786380941385"}}}},
//!  "rest":{"documents":2,"digest":-12},"settled":[7]}
//! ```
//!
//! * `seq` is the last `_seq` given, so that a clock that was set back cannot make new versions
//!   look old.
//! * `by_type` holds one mark per family of values. `seen_to` is set while documents lie in the
//!   future: the mark itself never passes the clock, or documents of today would be missed.
//!   `ties` is set where the value tells no time: what was read at exactly this value.
//! * `rest` is what was read of the documents no mark can order.
//! * `settled` are content hashes of the last dead letters and of texts that are no dates, so that
//!   documents read again because of the lookback are dead-lettered, or landed, once.

use std::collections::BTreeMap;

use bson::{Bson, RawBson};
use serde::{Deserialize, Serialize};

use super::family::Family;
use super::scalar;
use crate::error::{Error, Result};

const VERSION: u32 = 1;
/// Documents remembered by their content.
const SETTLED: usize = 256;

/// Count and order-free digest of a set of documents: equal sets have equal fingerprints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    pub(super) documents: u64,
    digest: i64,
}

impl Fingerprint {
    /// Adds a document by its content hash.
    pub(super) fn add(&mut self, content_hash: i64) {
        self.documents += 1;
        self.digest = self.digest.wrapping_add(content_hash);
    }
}

/// Mark of one family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FamilyMark {
    value: Bson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen_to: Option<Bson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ties: Option<Fingerprint>,
}

impl FamilyMark {
    /// Where the next run begins, before the lookback.
    pub(super) fn value(&self) -> Option<RawBson> {
        RawBson::try_from(self.value.clone()).ok()
    }

    /// The greatest value read.
    pub(super) fn seen_to(&self) -> Option<RawBson> {
        RawBson::try_from(self.seen_to.clone().unwrap_or_else(|| self.value.clone())).ok()
    }

    /// The mark after everything up to `value` was read, at `now`.
    pub(super) fn reached(family: Family, value: &RawBson, ties: Fingerprint, now: i64) -> Self {
        let plain = |value: &RawBson| Bson::try_from(value.clone()).unwrap_or(Bson::Null);
        let instant = scalar::instant(&value.as_raw_bson_ref());
        if instant.is_some_and(|instant| instant > now) {
            let capped = family.value_at(now, value);
            return Self {
                value: plain(&capped),
                seen_to: Some(plain(value)),
                ties: None,
            };
        }
        Self {
            value: plain(value),
            seen_to: None,
            ties: instant.is_none().then_some(ties),
        }
    }
}

/// Marks of one collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CollectionMark {
    version: u32,
    field: String,
    #[serde(default)]
    pub(super) seq: i64,
    #[serde(default)]
    by_type: BTreeMap<String, FamilyMark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rest: Option<Fingerprint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settled: Vec<i64>,
}

impl CollectionMark {
    /// Nothing read yet, by `field`.
    pub(super) fn start(field: &str) -> Self {
        Self {
            version: VERSION,
            field: field.to_owned(),
            ..Self::default()
        }
    }

    /// Reads a stored mark; `None` if it is not legible.
    pub(super) fn parse(json: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(json).ok()?;
        (mark.version == VERSION).then_some(mark)
    }

    /// The field the marks are values of.
    pub(super) fn field(&self) -> &str {
        &self.field
    }

    /// The JSON text.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::bug("failed to write a high-water mark").cause(error))
    }

    /// The mark of a family.
    pub(super) fn of(&self, family: Family) -> Option<&FamilyMark> {
        self.by_type.get(family.name())
    }

    /// Replaces the mark of a family.
    pub(super) fn set(&mut self, family: Family, mark: FamilyMark) {
        self.by_type.insert(family.name().to_owned(), mark);
    }

    /// Whether a document of this content was dealt with lately.
    pub(super) fn is_settled(&self, content_hash: i64) -> bool {
        self.settled.contains(&content_hash)
    }

    /// Remembers that a document of this content was dealt with.
    pub(super) fn settle(&mut self, content_hash: i64) {
        if self.is_settled(content_hash) {
            return;
        }
        if self.settled.len() >= SETTLED {
            self.settled.remove(0);
        }
        self.settled.push(content_hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::DateTime;

    const NOW: i64 = 1_786_380_941_000_000;

    fn reached(family: Family, value: &RawBson) -> FamilyMark {
        FamilyMark::reached(
            family,
            value,
            Fingerprint {
                documents: 2,
                digest: 3,
            },
            NOW,
        )
    }

    #[test]
    fn marks_read_back() {
        let mut mark = CollectionMark::start("ingestedAt");
        let date = RawBson::DateTime(DateTime::from_millis(NOW / 1000 - 5));
        mark.set(Family::Date, reached(Family::Date, &date));
        mark.set(
            Family::Counter,
            reached(Family::Counter, &RawBson::Double(-7.5)),
        );
        mark.rest = Some(Fingerprint {
            documents: 1,
            digest: i64::MIN,
        });
        mark.settle(-9);
        let json = mark.to_json().expect("JSON");
        let read = CollectionMark::parse(&json).expect("a mark");
        assert_eq!(read, mark);
        assert_eq!(
            read.of(Family::Date).and_then(FamilyMark::value),
            Some(date)
        );
        assert!(read.is_settled(-9));
        assert!(CollectionMark::parse("{}").is_none());
        assert!(CollectionMark::parse(r#"{"version":2,"field":"a"}"#).is_none());
    }

    #[test]
    fn the_mark_does_not_pass_the_clock() {
        let future = RawBson::DateTime(DateTime::from_millis(NOW / 1000 + 60_000));
        let mark = reached(Family::Date, &future);
        assert_eq!(
            mark.value(),
            Some(RawBson::DateTime(DateTime::from_millis(NOW / 1000)))
        );
        assert_eq!(mark.seen_to(), Some(future));
        let text = RawBson::String("2099-01-01T00:00:00.000Z".into());
        let mark = reached(Family::Text, &text);
        assert_eq!(
            mark.value(),
            Some(RawBson::String("2026-08-10T16:55:41".into()))
        );
    }

    #[test]
    fn ties_are_kept_only_where_values_tell_no_time() {
        assert!(reached(Family::Counter, &RawBson::Int32(7)).ties.is_some());
        let date = RawBson::DateTime(DateTime::from_millis(5));
        assert!(reached(Family::Date, &date).ties.is_none());
    }

    #[test]
    fn only_the_last_settled_are_remembered() {
        let mut mark = CollectionMark::start("a");
        (0..300).for_each(|hash| mark.settle(hash));
        assert!(!mark.is_settled(0) && mark.is_settled(299));
        assert_eq!(mark.settled.len(), SETTLED);
    }
}
