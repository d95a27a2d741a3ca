//! The expected distribution of a column, and how far it may be from the observed one.

use super::Literal;

/// How the values of a column should be distributed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) enum Partition {
    /// Share of each value.
    Values {
        /// The values.
        values: Vec<Literal>,
        /// As many shares, together 1.
        weights: Vec<f64>,
    },
    /// Share of each interval.
    Bins {
        /// Ends of the intervals, ascending; the first and last may be infinite.
        bins: Vec<f64>,
        /// One share fewer, together with those of the tails 1.
        weights: Vec<f64>,
        /// Shares below the first and above the last end.
        tails: Option<[f64; 2]>,
    },
}

/// The rule about a distribution.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::check) struct Divergence {
    /// What is expected.
    pub partition: Partition,
    /// Greatest relative entropy allowed, in nats; `None` only observes.
    pub threshold: Option<f64>,
    /// Share set apart for values the partition does not know.
    pub tail_holdout: f64,
    /// Share divided among intervals with the share 0.
    pub internal_holdout: f64,
}
