//! Wall time.

use jiff::Timestamp;

/// Now, in microseconds since the epoch.
#[must_use]
pub fn now_micros() -> i64 {
    now().as_microsecond()
}

/// Now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
