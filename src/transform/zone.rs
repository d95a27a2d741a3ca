//! Local time: the configured zone, as templates use it.

use jiff::civil::Date;

use crate::error::Result;
use crate::sys;
use crate::warehouse::Offsets;

/// First and last day with exact offsets; outside, the nearest offset holds.
const FIRST: Date = Date::constant(2015, 1, 1);
const LAST: Date = Date::constant(2041, 1, 1);

/// A zone, as the offsets that hold from certain instants on.
#[derive(Clone, Debug)]
pub(super) struct LocalZone {
    name: String,
    offsets: Offsets,
}

impl LocalZone {
    /// The zone called `name` in the IANA database.
    pub(super) fn new(name: &str) -> Result<Self> {
        let zone = sys::zone::named(name)?;
        Ok(Self {
            name: name.to_owned(),
            offsets: Offsets::of(&zone, FIRST, LAST),
        })
    }

    /// The IANA name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// SQL that turns `expression`, a UTC TIMESTAMP, into local time; NULL stays NULL.
    pub(super) fn to_local(&self, expression: &str) -> String {
        self.offsets.to_local(expression)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::warehouse::Warehouse;

    #[test]
    fn zones_without_transitions_are_one_addition() {
        let utc = LocalZone::new("UTC").expect("a zone");
        assert_eq!(utc.to_local("ts"), "(ts)");
        let kathmandu = LocalZone::new("Asia/Kathmandu").expect("a zone");
        assert_eq!(kathmandu.to_local("ts"), "((ts) + INTERVAL 345 MINUTE)");
        let phoenix = LocalZone::new("America/Phoenix").expect("a zone");
        assert_eq!(phoenix.to_local("ts"), "((ts) + INTERVAL (-7) HOUR)");
    }

    #[test]
    fn unknown_zones_name_the_nearest() {
        let error = LocalZone::new("Europe/Berln").expect_err("a typo");
        assert_eq!(error.hints(), ["Did you mean `Europe/Berlin`?"]);
    }

    /// Every transition to the microsecond, and random instants, against jiff.
    #[test]
    fn local_time_agrees_with_the_zone_database() {
        let warehouse = Warehouse::in_memory().expect("a database");
        let connection = warehouse.connect().expect("a connection");
        for name in [
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Tehran",
        ] {
            let zone = LocalZone::new(name).expect("a zone");
            let database_zone = TimeZone::get(name).expect("a zone");
            let mut instants: Vec<i64> = zone
                .offsets
                .instants()
                .flat_map(|at| [-1, 0, 1].map(|step| at.as_microsecond() + step))
                .collect();
            let mut random = fastrand::Rng::with_seed(7);
            instants
                .extend((0..500).map(|_| random.i64(1_420_070_400_000_000..2_240_524_800_000_000)));
            let values: Vec<String> = instants
                .iter()
                .map(|micros| format!("({micros})"))
                .collect();
            let sql = format!(
                "SELECT epoch_us({}) FROM (SELECT make_timestamp(i) AS ts FROM (VALUES {}) v(i))",
                zone.to_local("ts"),
                values.join(",")
            );
            let table = connection.query(&sql, &[]).expect("valid SQL");
            for (micros, row) in instants.iter().zip(&table.rows) {
                let instant = Timestamp::from_microsecond(*micros).expect("in range");
                let offset = database_zone.to_offset(instant);
                let local = micros + i64::from(offset.seconds()) * 1_000_000;
                assert_eq!(row[0].as_i64(), Some(local), "{name} {instant}");
            }
            let sql = format!("SELECT {}", zone.to_local("CAST(NULL AS TIMESTAMP)"));
            assert!(connection.scalar(&sql, &[]).expect("valid SQL").is_null());
        }
    }
}
