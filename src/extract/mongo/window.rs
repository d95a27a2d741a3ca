//! Where in a family reading begins, and which documents may have been landed before.

use std::cmp::Ordering;
use std::collections::HashMap;

use bson::{RawBson, RawBsonRef};

use super::family::Family;
use super::mark::FamilyMark;
use super::scalar;
use crate::error::Result;
use crate::extract::VersionLookup;

/// Documents read again because of the lookback, and what is landed of them.
pub(super) struct Window {
    family: Family,
    /// Greatest value the last run read.
    until: RawBson,
    /// Instants of the first and the last document in the window.
    instants: (i64, i64),
    landed: Option<HashMap<String, i64>>,
    is_over: bool,
}

impl Window {
    /// The window of a mark whose value tells a time.
    fn new(family: Family, mark: &FamilyMark, value: &RawBson, lookback: i64) -> Option<Self> {
        let until = mark.seen_to()?;
        let first = scalar::instant(&value.as_raw_bson_ref())?.saturating_sub(lookback);
        let last = scalar::instant(&until.as_raw_bson_ref())?;
        // Values are cut to seconds in some families.
        let instants = (
            first.saturating_sub(1_000_000),
            last.saturating_add(1_000_000),
        );
        Some(Self {
            family,
            until,
            instants,
            landed: None,
            is_over: false,
        })
    }

    /// Whether the version `content_hash` of the entry `id` is landed; `value` orders it.
    ///
    /// Asks for the landed versions with the first document, and forgets them after the last.
    pub(super) fn is_landed(
        &mut self,
        value: &RawBsonRef<'_>,
        id: &str,
        content_hash: i64,
        source: &str,
        versions: &dyn VersionLookup,
    ) -> Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        if self.family.compare(value, &self.until.as_raw_bson_ref()) == Ordering::Greater {
            self.is_over = true;
            self.landed = None;
            return Ok(false);
        }
        if self.landed.is_none() {
            let (first, last) = self.instants;
            self.landed = Some(versions.landed_between(source, first, last)?);
        }
        let landed = self.landed.as_ref().and_then(|landed| landed.get(id));
        Ok(landed == Some(&content_hash))
    }
}

/// How one family is read.
pub(super) struct Range {
    pub(super) family: Family,
    /// First value read.
    pub(super) from: RawBson,
    /// Whether documents at exactly `from` are left out.
    pub(super) exclusive: bool,
    pub(super) window: Option<Window>,
    /// Documents before this instant are left out.
    pub(super) since: Option<i64>,
}

impl Range {
    /// Everything, or everything since an instant.
    pub(super) fn whole(family: Family, since: Option<i64>) -> Self {
        let least = family.least();
        let from = since.map_or_else(|| least.clone(), |since| family.value_at(since, &least));
        Self {
            family,
            from,
            exclusive: false,
            window: None,
            since,
        }
    }

    /// What may have changed since `mark`. An earlier `since` widens it, and then nothing is
    /// looked up; a later one has no effect, or what lies between would never be read.
    pub(super) fn after(
        family: Family,
        mark: &FamilyMark,
        lookback: i64,
        since: Option<i64>,
    ) -> Self {
        let Some(value) = mark.value() else {
            return Self::whole(family, since);
        };
        let from = family.before(&value, lookback);
        if let Some(since) = since {
            let earlier = family.value_at(since, &value);
            let order = family.compare(&earlier.as_raw_bson_ref(), &from.as_raw_bson_ref());
            if order == Ordering::Less {
                return Self {
                    family,
                    from: earlier,
                    exclusive: false,
                    window: None,
                    since: None,
                };
            }
        }
        let window = Window::new(family, mark, &value, lookback);
        // Without a time there is no window; the ties are checked on their own.
        let exclusive = window.is_none();
        Self {
            family,
            from,
            exclusive,
            window,
            since: None,
        }
    }
}

/// How far a family has been read.
#[derive(Default)]
pub(super) struct Position {
    /// Value of the last document.
    pub(super) value: Option<RawBson>,
    /// Value of the last document that may become a mark.
    pub(super) mark: Option<RawBson>,
    ties: std::collections::BTreeSet<i64>,
    pub(super) fingerprint: super::mark::Fingerprint,
}

/// Documents of equal mark remembered, so that memory stays bounded. Beyond it, a retry in their
/// middle lands some of them twice, and the merge folds these together.
const TIES: usize = 1 << 20;

impl Position {
    /// Whether a document at `value` was taken before the reader had to start over.
    pub(super) fn has_passed(&self, value: &RawBsonRef<'_>, content_hash: i64) -> bool {
        self.is_at(value) && self.ties.contains(&content_hash)
    }

    /// A document at `value` was taken; a stray value never becomes the mark.
    pub(super) fn advance(&mut self, value: &RawBsonRef<'_>, content_hash: i64, is_stray: bool) {
        if !self.is_at(value) {
            self.value = Some(RawBson::from(*value));
            if !is_stray {
                self.mark.clone_from(&self.value);
            }
            self.ties.clear();
            self.fingerprint = super::mark::Fingerprint::default();
        }
        self.fingerprint.add(content_hash);
        if self.ties.len() < TIES {
            self.ties.insert(content_hash);
        }
    }

    fn is_at(&self, value: &RawBsonRef<'_>) -> bool {
        self.value
            .as_ref()
            .is_some_and(|here| here.as_raw_bson_ref() == *value)
    }
}
