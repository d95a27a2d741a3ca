//! Wall time.

use jiff::Timestamp;

/// Now, in microseconds since the epoch.
#[must_use]
pub fn now_micros() -> i64 {
    now().as_microsecond()
}

/// Now.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads wall time"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
