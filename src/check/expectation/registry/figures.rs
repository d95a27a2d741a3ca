//! About a column as a whole.

use super::arguments::{
    Argument, COLUMN, COLUMN_AND_RANGE, VALUE_SET, column, needed, numbers, optional, range,
};
use super::{Entry, Scope, whole};
use crate::check::expectation::{Figure, Kwargs, QuantileRange, Rule, SetRelation};
use crate::error::Result;

const SET: &[Argument] = &[COLUMN, VALUE_SET];

pub(super) const ENTRIES: &[Entry] = &[
    whole(
        Scope::Column,
        "expect_column_min_to_be_between",
        "The least value is in the range.",
        COLUMN_AND_RANGE,
        "{column: started_at, min_value: '2024-01-01 00:00:00'}",
        |kwargs| figure(kwargs, Figure::Min),
    ),
    whole(
        Scope::Column,
        "expect_column_max_to_be_between",
        "The greatest value is in the range.",
        COLUMN_AND_RANGE,
        "{column: total_tokens, max_value: 20000000}",
        |kwargs| figure(kwargs, Figure::Max),
    ),
    whole(
        Scope::Column,
        "expect_column_mean_to_be_between",
        "The mean of the values is in the range.",
        COLUMN_AND_RANGE,
        "{column: duration_ms, min_value: 1, max_value: 60000}",
        |kwargs| figure(kwargs, Figure::Mean),
    ),
    whole(
        Scope::Column,
        "expect_column_median_to_be_between",
        "The median of the values is in the range; of an even number, the mean of the middle two.",
        COLUMN_AND_RANGE,
        "{column: duration_ms, max_value: 5000}",
        |kwargs| figure(kwargs, Figure::Median),
    ),
    whole(
        Scope::Column,
        "expect_column_sum_to_be_between",
        "The sum of the values is in the range; without values it is 0.",
        COLUMN_AND_RANGE,
        "{column: cost_usd, min_value: 0, max_value: 1000}",
        |kwargs| figure(kwargs, Figure::Sum),
    ),
    whole(
        Scope::Column,
        "expect_column_stdev_to_be_between",
        "The sample standard deviation (n − 1) of the values is in the range.",
        COLUMN_AND_RANGE,
        "{column: input_tokens, min_value: 0, strict_min: true}",
        |kwargs| figure(kwargs, Figure::Stdev),
    ),
    whole(
        Scope::Column,
        "expect_column_unique_value_count_to_be_between",
        "The number of different values is in the range.",
        COLUMN_AND_RANGE,
        "{column: project_key, min_value: 1, max_value: 500}",
        |kwargs| figure(kwargs, Figure::UniqueCount),
    ),
    whole(
        Scope::Column,
        "expect_column_proportion_of_unique_values_to_be_between",
        "The number of different values per value is in the range.",
        COLUMN_AND_RANGE,
        "{column: request_id, min_value: 0.9, max_value: 1}",
        |kwargs| figure(kwargs, Figure::UniqueProportion),
    ),
    whole(
        Scope::Column,
        "expect_column_proportion_of_non_null_values_to_be_between",
        "The share of rows with a value is in the range.",
        COLUMN_AND_RANGE,
        "{column: git_branch, min_value: 0.5}",
        |kwargs| figure(kwargs, Figure::PresentProportion),
    ),
    whole(
        Scope::Column,
        "expect_column_quantile_values_to_be_between",
        "Quantiles are in their ranges, with a tolerance of 1 in 10,000; a quantile is the value \
         nearest to its place.",
        &[
            COLUMN,
            needed("quantile_ranges", "`quantiles` and as many `value_ranges`"),
            optional("allow_relative_error", "true or false", "false"),
        ],
        "{column: duration_ms, quantile_ranges: {quantiles: [0.5, 0.95], value_ranges: [[0, 2000], [null, 60000]]}}",
        quantiles,
    ),
    whole(
        Scope::Column,
        "expect_column_distinct_values_to_be_in_set",
        "The different values are all in the set.",
        SET,
        "{column: tool_category, value_set: [shell, search, mcp, other]}",
        |kwargs| distinct(kwargs, SetRelation::Within),
    ),
    whole(
        Scope::Column,
        "expect_column_distinct_values_to_contain_set",
        "The values of the set all occur.",
        SET,
        "{column: role, value_set: [human, assistant]}",
        |kwargs| distinct(kwargs, SetRelation::Containing),
    ),
    whole(
        Scope::Column,
        "expect_column_distinct_values_to_equal_set",
        "The different values are exactly those of the set.",
        SET,
        "{column: is_weekend, value_set: [true, false]}",
        |kwargs| distinct(kwargs, SetRelation::Equal),
    ),
    whole(
        Scope::Column,
        "expect_column_most_common_value_to_be_in_set",
        "The most frequent value is in the set; several equally frequent ones break the rule \
         unless ties are okay.",
        &[
            COLUMN,
            VALUE_SET,
            optional("ties_okay", "true or false", "false"),
        ],
        "{column: role, value_set: [tool, assistant], ties_okay: true}",
        most_common,
    ),
];

fn figure(kwargs: &mut Kwargs<'_>, figure: Figure) -> Result<Rule> {
    let range = range(kwargs)?;
    let range = match figure {
        Figure::Min | Figure::Max => range,
        _ => numbers(kwargs, range)?,
    };
    Ok(Rule::Figure {
        column: column(kwargs)?,
        figure,
        range,
    })
}

fn quantiles(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    const KEY: &str = "quantile_ranges";
    let column = column(kwargs)?;
    // Figures of ours are always exact.
    kwargs.flag("allow_relative_error")?;
    let ranges = kwargs.json(KEY)?;
    let list = |name: &str| ranges.get(name).and_then(serde_json::Value::as_array);
    let (Some(quantiles), Some(ends)) = (list("quantiles"), list("value_ranges")) else {
        return Err(kwargs.mistake(KEY, "needs the lists `quantiles` and `value_ranges`"));
    };
    if quantiles.len() != ends.len() || quantiles.is_empty() {
        return Err(kwargs.mistake(KEY, "needs one of `value_ranges` for each of `quantiles`"));
    }
    let pair = |(quantile, ends): (&serde_json::Value, &serde_json::Value)| {
        let quantile = quantile.as_f64().filter(|q| (0.0..=1.0).contains(q))?;
        let [min, max] = ends.as_array()?.as_slice() else {
            return None;
        };
        let known = |end: &serde_json::Value| end.is_null() || end.is_number();
        (known(min) && known(max)).then(|| QuantileRange {
            quantile,
            min: min.as_f64(),
            max: max.as_f64(),
        })
    };
    let ranges: Option<Vec<QuantileRange>> = quantiles.iter().zip(ends).map(pair).collect();
    let ranges = ranges.ok_or_else(|| {
        kwargs.mistake(KEY, "cannot be read").hint(
            "Write quantiles from 0 to 1, and each range as `[min, max]`, either may be null.",
        )
    })?;
    if ranges
        .iter()
        .any(|range| matches!((range.min, range.max), (Some(min), Some(max)) if min > max))
    {
        return Err(kwargs.mistake(KEY, "has a range whose lower end is above its upper end"));
    }
    Ok(Rule::Quantiles { column, ranges })
}

fn distinct(kwargs: &mut Kwargs<'_>, relation: SetRelation) -> Result<Rule> {
    let values = kwargs.literals("value_set")?.unwrap_or_default();
    if values.is_empty() {
        return Err(kwargs.mistake("value_set", "is empty"));
    }
    Ok(Rule::Distinct {
        column: column(kwargs)?,
        values,
        relation,
    })
}

fn most_common(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    Ok(Rule::MostCommon {
        column: column(kwargs)?,
        values: kwargs.literals("value_set")?.unwrap_or_default(),
        ties_okay: kwargs.flag("ties_okay")?,
    })
}
