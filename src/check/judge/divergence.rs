//! Relative entropy of an observed distribution to an expected one.

use crate::check::expectation::{Divergence, Literal, Partition};
use crate::check::outcome::{Findings, Verdict};
use crate::warehouse::Value;

/// Values that the expected distribution does not know.
pub(in crate::check) struct Others {
    /// How many different ones.
    pub values: f64,
    /// Their rows.
    pub rows: f64,
    /// Sum of n · ln n over the rows of each.
    pub rows_log_rows: f64,
}

/// Shares of values: `counts` of the expected ones, and the others.
pub(in crate::check) fn judge_values(
    column: &str,
    divergence: &Divergence,
    counts: &[f64],
    others: &Others,
) -> Verdict {
    let Partition::Values { values, weights } = &divergence.partition else {
        return undefined(column, divergence);
    };
    let rows = counts.iter().sum::<f64>() + others.rows;
    let scale = if others.values > 0.0 {
        1.0 - divergence.tail_holdout
    } else {
        1.0
    };
    let expected: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let observed: Vec<f64> = counts.iter().map(|count| count / rows).collect();
    // Weights need not make exactly 1; only their proportions matter.
    let held_out = if others.values > 0.0 {
        divergence.tail_holdout
    } else {
        0.0
    };
    let whole = expected.iter().sum::<f64>() + held_out;
    let known: f64 = observed
        .iter()
        .zip(&expected)
        .map(|(p, q)| relative(*p, q / whole))
        .sum();
    // Sum of p · ln(p / q) over the others, where p = n / rows and q is the same for all.
    let unknown = if others.values > 0.0 {
        let each = held_out / others.values / whole;
        (others.rows_log_rows - others.rows * (rows.ln() + each.ln())) / rows
    } else {
        0.0
    };
    let shares = |shares: &[f64]| list(shares);
    let names = Value::List(values.iter().map(Literal::to_value).collect());
    let side = |weights: Value| {
        Value::Struct(vec![
            ("values".to_owned(), names.clone()),
            ("weights".to_owned(), weights),
        ])
    };
    let details = Value::Struct(vec![
        ("observed_partition".to_owned(), side(shares(&observed))),
        ("expected_partition".to_owned(), side(shares(&expected))),
    ]);
    verdict(column, divergence, known + unknown, details)
}

/// Shares of intervals: `counts` below, in each interval, and above, of so many rows.
pub(in crate::check) fn judge_bins(
    column: &str,
    divergence: &Divergence,
    rows: f64,
    counts: &[f64],
) -> Verdict {
    let Partition::Bins {
        bins,
        weights,
        tails,
    } = &divergence.partition
    else {
        return undefined(column, divergence);
    };
    let mut expected: Vec<f64> = weights
        .iter()
        .map(|weight| weight * (1.0 - divergence.tail_holdout - divergence.internal_holdout))
        .collect();
    let empty: Vec<&mut f64> = expected
        .iter_mut()
        .filter(|weight| **weight == 0.0)
        .collect();
    let parts = empty.len();
    for weight in empty {
        *weight = divergence.internal_holdout / f64::from(u32::try_from(parts).unwrap_or(u32::MAX));
    }
    let open_below = bins.first().is_some_and(|end| end.is_infinite());
    let open_above = bins.last().is_some_and(|end| end.is_infinite());
    let holdout = match (open_below || open_above, tails) {
        (true, _) => [divergence.tail_holdout; 2],
        (false, Some(tails)) => *tails,
        (false, None) => [divergence.tail_holdout / 2.0; 2],
    };
    let [below, above] = holdout;
    if !open_below {
        expected.insert(0, below);
    }
    if !open_above {
        expected.push(above);
    }
    let mut observed: Vec<f64> = counts.iter().map(|count| count / rows).collect();
    if open_below && !observed.is_empty() {
        observed.remove(0);
    }
    if open_above {
        observed.pop();
    }
    let sums = [&observed, &expected].map(|shares| shares.iter().sum::<f64>());
    let entropy: f64 = observed
        .iter()
        .zip(&expected)
        .map(|(p, q)| relative(p / sums[0], q / sums[1]))
        .sum();
    let side = |weights: &[f64]| {
        Value::Struct(vec![
            ("bins".to_owned(), list(bins)),
            ("weights".to_owned(), list(weights)),
        ])
    };
    let details = Value::Struct(vec![
        ("observed_partition".to_owned(), side(&observed)),
        ("expected_partition".to_owned(), side(&expected)),
    ]);
    verdict(column, divergence, entropy, details)
}

/// p · ln(p / q); nothing for p = 0, infinite for q = 0.
fn relative(p: f64, q: f64) -> f64 {
    if p == 0.0 { 0.0 } else { p * (p / q).ln() }
}

fn list(numbers: &[f64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Double).collect())
}

fn undefined(column: &str, divergence: &Divergence) -> Verdict {
    verdict(column, divergence, f64::NAN, Value::Null)
}

fn verdict(column: &str, divergence: &Divergence, entropy: f64, details: Value) -> Verdict {
    let success = divergence
        .threshold
        .is_none_or(|threshold| entropy <= threshold);
    let observed = if entropy.is_finite() {
        format!("{entropy:.4}")
    } else {
        "undefined".to_owned()
    };
    let message = match divergence.threshold {
        Some(threshold) if !success && entropy.is_finite() => {
            format!("the distribution of `{column}` diverges by {observed}, allowed {threshold}")
        }
        Some(_) if !success => format!(
            "`{column}` has values where the expected distribution has none; \
             set `tail_weight_holdout` to allow some"
        ),
        _ => format!("divergence {observed}"),
    };
    Verdict {
        findings: Findings {
            observed_value: Some(if entropy.is_finite() {
                Value::Double(entropy)
            } else {
                Value::Null
            }),
            details: Some(details),
            ..Findings::default()
        },
        ..Verdict::whole(success, observed, message)
    }
}
