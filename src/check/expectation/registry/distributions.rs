//! About the distribution of a column.

use serde_json::Value as Json;

use super::arguments::{COLUMN, column, needed, optional};
use super::{Entry, Scope, whole};
use crate::check::expectation::{Divergence, Kwargs, Literal, Partition, Rule};
use crate::error::{Error, Result};

const KEY: &str = "partition_object";

pub(super) const ENTRIES: &[Entry] = &[whole(
    Scope::Column,
    "expect_column_kl_divergence_to_be_less_than",
    "The relative entropy (Kullback–Leibler, in nats) of the observed to the expected distribution \
     is at most the threshold. A partition is `values` or `bins` with their `weights`.",
    &[
        COLUMN,
        needed(
            "partition_object",
            "`values` or `bins`, `weights`, `tail_weights`",
        ),
        optional("threshold", "number", "none"),
        optional("tail_weight_holdout", "number from 0 to 1", "0"),
        optional("internal_weight_holdout", "number from 0 to 1", "0"),
        optional("bucketize_data", "true or false", "true"),
        optional("min_value", "number", "none"),
        optional("max_value", "number", "none"),
    ],
    "{column: role, partition_object: {values: [human, assistant, tool], weights: [0.1, 0.5, 0.4]}, threshold: 0.3, tail_weight_holdout: 0.01}",
    divergence,
)];

fn divergence(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let column = column(kwargs)?;
    let partition = partition(kwargs)?;
    let share = |kwargs: &mut Kwargs<'_>, name| {
        let value = kwargs.number(name)?.unwrap_or(0.0);
        if (0.0..=1.0).contains(&value) {
            Ok(value)
        } else {
            Err(kwargs.mistake(name, "must be from 0 to 1"))
        }
    };
    let tail_holdout = share(kwargs, "tail_weight_holdout")?;
    let internal_holdout = share(kwargs, "internal_weight_holdout")?;
    let bucketize = kwargs.flag_or("bucketize_data", true)?;
    // Bounds of the report of the original; its verdict does not look at them.
    kwargs.number("min_value")?;
    kwargs.number("max_value")?;
    let threshold = kwargs.number("threshold")?;
    if threshold.is_some_and(|threshold| threshold < 0.0) {
        return Err(kwargs.mistake("threshold", "must not be negative"));
    }
    let divergence = Divergence {
        partition,
        threshold,
        tail_holdout,
        internal_holdout,
    };
    consistent(kwargs, &divergence, bucketize)?;
    Ok(Rule::Divergence { column, divergence })
}

fn consistent(kwargs: &Kwargs<'_>, divergence: &Divergence, bucketize: bool) -> Result<()> {
    match &divergence.partition {
        Partition::Values { .. } if divergence.internal_holdout > 0.0 => {
            Err(kwargs.mistake("internal_weight_holdout", "is only for bins"))
        }
        Partition::Bins { tails: Some(_), .. } if divergence.tail_holdout > 0.0 => {
            Err(kwargs.mistake("tail_weight_holdout", "cannot go with `tail_weights`"))
        }
        Partition::Bins { bins, tails, .. } => {
            let ends = [bins.first(), bins.last()];
            let open = ends.map(|end| end.is_some_and(|end| end.is_infinite()));
            if !bucketize {
                Err(kwargs.mistake("bucketize_data", "must be true for bins"))
            } else if open.contains(&true) && tails.is_some() {
                Err(kwargs.mistake(KEY, "has `tail_weights` beside infinite bins"))
            } else if open == [true, true] && divergence.tail_holdout > 0.0 {
                Err(kwargs.mistake("tail_weight_holdout", "cannot go with infinite bins"))
            } else {
                Ok(())
            }
        }
        Partition::Values { .. } => Ok(()),
    }
}

fn partition(kwargs: &mut Kwargs<'_>) -> Result<Partition> {
    let object = kwargs.json(KEY)?;
    let wrong = |what: &str| -> Error { kwargs.mistake(KEY, what) };
    let weights =
        numbers(object.get("weights")).ok_or_else(|| wrong("needs numbers in `weights`"))?;
    let tails = match object.get("tail_weights") {
        None | Some(Json::Null) => None,
        given => match numbers(given).as_deref() {
            Some(&[below, above]) => Some([below, above]),
            _ => return Err(wrong("needs two numbers in `tail_weights`")),
        },
    };
    let whole: f64 = weights.iter().chain(tails.iter().flatten()).sum();
    if (whole - 1.0).abs() > 1e-5 {
        return Err(wrong(&format!(
            "has weights that make {whole} together, not 1"
        )));
    }
    if let Some(bins) = object.get("bins") {
        let bins = numbers(Some(bins)).ok_or_else(|| wrong("needs numbers in `bins`"))?;
        let ascending = bins
            .windows(2)
            .all(|pair| matches!(pair, [low, high] if low < high));
        if bins.len() != weights.len() + 1 || !ascending {
            return Err(wrong("needs ascending `bins`, one more than `weights`"));
        }
        return Ok(Partition::Bins {
            bins,
            weights,
            tails,
        });
    }
    let values: Option<Vec<Literal>> = object
        .get("values")
        .and_then(Json::as_array)
        .and_then(|values| values.iter().map(Literal::from_json).collect());
    match values {
        Some(values) if values.len() == weights.len() => Ok(Partition::Values { values, weights }),
        _ => Err(wrong(
            "needs `bins`, or as many single `values` as `weights`",
        )),
    }
}

/// Numbers; the words `Infinity` and `-Infinity` (also `.inf` of YAML) stand for themselves.
fn numbers(value: Option<&Json>) -> Option<Vec<f64>> {
    let number = |value: &Json| match value {
        Json::String(text) => text.parse().ok().filter(|number: &f64| !number.is_nan()),
        other => other.as_f64(),
    };
    value?.as_array()?.iter().map(number).collect()
}
