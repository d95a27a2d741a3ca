//! About the results of queries.

use super::arguments::{needed, optional};
use super::{Entry, Scope, rows, whole};
use crate::check::expectation::{Kwargs, Rule};
use crate::error::Result;

pub(super) const ENTRIES: &[Entry] = &[
    whole(
        Scope::Query,
        "expect_query_to_return_no_rows",
        "The query returns no rows. `{table}` (also `{batch}`) stands for the table of the suite, \
         under the row condition.",
        &[needed("query", "SQL (also `unexpected_rows_query`)")],
        "{query: 'SELECT * FROM {table} WHERE end_time < start_time'}",
        |kwargs| {
            Ok(Rule::NoRows {
                query: kwargs.text(&["query", "unexpected_rows_query"])?,
            })
        },
    ),
    Entry {
        needs_table: false,
        ..whole(
            Scope::Query,
            "expect_queries_to_agree",
            "Two queries of one value each return the same, numbers within the tolerance.",
            &[
                needed("left", "SQL"),
                needed("right", "SQL"),
                optional("tolerance", "number", "0"),
            ],
            "{left: 'SELECT count(*) FROM marts.fct_messages', right: 'SELECT count(*) FROM staging.stg_messages'}",
            agree,
        )
    },
    Entry {
        needs_table: false,
        ..rows(
            Scope::Query,
            "expect_query_results_to_match_comparison",
            "Two queries return the same rows, repeated rows as often, in any order.",
            &[
                needed("base_query", "SQL"),
                needed("comparison_query", "SQL"),
                optional("comparison_data_source_name", "text", "the warehouse"),
            ],
            "{base_query: 'SELECT session_id FROM {table}', comparison_query: 'SELECT session_id FROM staging.stg_messages GROUP BY ALL'}",
            same_rows,
        )
    },
];

fn agree(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    let tolerance = kwargs.number("tolerance")?.unwrap_or(0.0);
    if tolerance < 0.0 {
        return Err(kwargs.mistake("tolerance", "must not be negative"));
    }
    Ok(Rule::QueriesAgree {
        left: kwargs.text(&["left"])?,
        right: kwargs.text(&["right"])?,
        tolerance,
    })
}

fn same_rows(kwargs: &mut Kwargs<'_>) -> Result<Rule> {
    // There is one source of data here: the warehouse.
    kwargs.optional_text(&["comparison_data_source_name"])?;
    Ok(Rule::SameRows {
        base: kwargs.text(&["base_query"])?,
        comparison: kwargs.text(&["comparison_query"])?,
    })
}
