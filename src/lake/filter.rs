//! Which rows of the landing table a scan is about.

use iceberg::expr::{Predicate, Reference};
use iceberg::spec::Datum;

/// Rows of one source, perhaps only those of a span of time.
#[derive(Clone, Copy, Debug)]
pub struct RowFilter<'a> {
    /// Value of `_source`.
    pub source: &'a str,
    /// First and last `_ingested_at`, µs since the epoch, both included.
    pub ingested: Option<(i64, i64)>,
}

impl<'a> RowFilter<'a> {
    /// All rows of a source.
    #[must_use]
    pub fn source(source: &'a str) -> Self {
        Self {
            source,
            ingested: None,
        }
    }

    /// The rows of a source ingested from `first` to `last`.
    #[must_use]
    pub fn ingested_between(source: &'a str, first: i64, last: i64) -> Self {
        Self {
            source,
            ingested: Some((first, last)),
        }
    }

    pub(super) fn predicate(&self) -> Predicate {
        let of_source = Reference::new("_source").equal_to(Datum::string(self.source));
        let Some((first, last)) = self.ingested else {
            return of_source;
        };
        let instant = || Reference::new("_ingested_at");
        of_source
            .and(instant().greater_than_or_equal_to(Datum::timestamptz_micros(first)))
            .and(instant().less_than_or_equal_to(Datum::timestamptz_micros(last)))
    }
}
