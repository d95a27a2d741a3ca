//! A date and time in a zone, over all years Python knows: the ends of the calendar exist in every
//! zone, though what is the same instant elsewhere may not.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

/// What clocks show in a zone, and how far that is from UTC.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Instant {
    local: DateTime,
    offset: Offset,
    zone: TimeZone,
}

impl From<Zoned> for Instant {
    fn from(at: Zoned) -> Self {
        Self {
            local: at.datetime(),
            offset: at.offset(),
            zone: at.time_zone().clone(),
        }
    }
}

impl Instant {
    /// When clocks of the zone show `local`; of two such instants the first.
    pub(in crate::transform) fn local(local: DateTime, zone: TimeZone) -> Self {
        let offset = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        Self {
            local,
            offset,
            zone,
        }
    }

    /// The same instant in another zone; at an end of the calendar, the end.
    pub(in crate::transform) fn in_zone(&self, zone: TimeZone) -> Self {
        let utc = self.utc();
        let end = if utc.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        let at = Offset::UTC.to_timestamp(utc).unwrap_or(end);
        let offset = zone.to_offset(at);
        let ahead = SignedDuration::from_secs(offset.seconds().into());
        Self {
            local: utc.saturating_add(ahead),
            offset,
            zone,
        }
    }

    /// What clocks show.
    pub(in crate::transform) fn datetime(&self) -> DateTime {
        self.local
    }

    /// What clocks are ahead of UTC.
    pub(in crate::transform) fn offset(&self) -> Offset {
        self.offset
    }

    pub(in crate::transform) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// As the engine of dates has it, if that reaches so far.
    pub(in crate::transform) fn to_zoned(&self) -> Option<Zoned> {
        self.local.to_zoned(self.zone.clone()).ok()
    }

    /// Seconds since 1970.
    pub(in crate::transform) fn seconds(&self) -> f64 {
        self.since(&Self::from(Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)))
            .as_secs_f64()
    }

    /// How long after `other` it is.
    pub(in crate::transform) fn since(&self, other: &Self) -> SignedDuration {
        let ahead = i64::from(self.offset.seconds()) - i64::from(other.offset.seconds());
        self.local.duration_since(other.local) - SignedDuration::from_secs(ahead)
    }

    fn utc(&self) -> DateTime {
        let ahead = SignedDuration::from_secs(self.offset.seconds().into());
        self.local.saturating_sub(ahead)
    }
}

impl PartialEq for Instant {
    fn eq(&self, other: &Self) -> bool {
        self.since(other).is_zero()
    }
}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.since(other).cmp(&SignedDuration::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    #[test]
    fn the_ends_of_the_calendar_are_in_every_zone() {
        let last = DateTime::MAX;
        let west = Instant::local(last, zone("America/Los_Angeles"));
        assert_eq!(west.datetime(), last);
        assert_eq!(west.offset().seconds(), -8 * 3600);
        let utc = Instant::local(last, TimeZone::UTC);
        assert!(west > utc);
        assert_eq!(west.since(&utc), SignedDuration::from_hours(8));
        assert_eq!(west.in_zone(TimeZone::UTC).datetime(), last);
    }

    #[test]
    fn the_same_instant_in_other_zones() {
        let noon = jiff::civil::date(2024, 7, 1).at(12, 0, 0, 0);
        let berlin = Instant::local(noon, zone("Europe/Berlin"));
        let tokyo = berlin.in_zone(zone("Asia/Tokyo"));
        assert_eq!(
            tokyo.datetime(),
            jiff::civil::date(2024, 7, 1).at(19, 0, 0, 0)
        );
        assert_eq!(berlin, tokyo);
        assert_eq!(tokyo.seconds(), 1_719_828_000.0);
        let repeated = jiff::civil::date(2024, 10, 27).at(2, 30, 0, 0);
        let first = Instant::local(repeated, zone("Europe/Berlin"));
        assert_eq!(first.offset().seconds(), 7200);
    }
}
