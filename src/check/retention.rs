//! Which outcomes of earlier checks go away.
//!
//! Rules that compare with earlier checks need the last figure of each day, as far back as they
//! look, and the last one of all, however old it is: these stay whatever is configured.

use super::usual::DAYS_BACK;
use crate::error::Result;
use crate::warehouse::Connection;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

const LATEST: &str = "SELECT epoch_us(max(checked_at)) FROM cca.check_results";

const DELETE: &str = "
DELETE FROM cca.check_results
WHERE epoch_us(checked_at) < ? AND rowid NOT IN (
    SELECT rowid FROM cca.check_results
    WHERE status <> 'error' AND observed_value IS NOT NULL
    QUALIFY row_number() OVER (
                PARTITION BY table_name, name ORDER BY checked_at DESC) = 1
         OR row_number() OVER (
                PARTITION BY table_name, name, CAST(floor(epoch_us(checked_at) / 86400000000) AS BIGINT)
                ORDER BY checked_at DESC) = 1
            AND epoch_us(checked_at) >= ?)";

/// Deletes outcomes of days more than `keep_days` before `now` (µs since the epoch); once a day,
/// with the first check of it.
pub(super) fn forget(connection: &Connection, keep_days: u32, now: i64) -> Result<()> {
    let today = now.div_euclid(DAY);
    let latest = connection.scalar(LATEST, &[])?.as_i64();
    if latest.is_none_or(|latest| latest.div_euclid(DAY) >= today) {
        return Ok(());
    }
    let before = |days: i64| (today - days) * DAY;
    connection.execute(
        DELETE,
        &[
            before(i64::from(keep_days)).into(),
            before(DAYS_BACK).into(),
        ],
    )?;
    Ok(())
}
