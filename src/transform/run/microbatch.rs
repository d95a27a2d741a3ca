//! Models that are built one period after the other: each period is a transaction of its own, so
//! that what was built stays when a later one fails, and only the failed ones are tried again.

use std::sync::Arc;

use super::Context;
use super::plan::Unit;
use super::unit::{Portion, build_model};
use crate::error::{Error, Result};
use crate::transform::config::Microbatch;
use crate::transform::materialization::Built;
use crate::transform::periods::{Period, covered};
use crate::transform::report::Periods;
use crate::transform::state::RelationKind;
use crate::warehouse::Connection;

/// Builds the periods of a model; `ended` says afterwards which are done and which are not.
///
/// When the first one fails the others are not tried, because it makes the table they need or
/// shows what is wrong with all of them.
pub(super) fn build_periods(
    context: &Context<'_>,
    unit: &Unit<'_>,
    (model, rebuild): (&Microbatch, bool),
    connection: &Arc<Connection>,
    ended: &mut Periods,
) -> Result<Built> {
    let again = context.options.failed_periods.get(&unit.node.id);
    let has_table = unit.existing == Some(RelationKind::Table);
    let is_whole = if again.is_some() { !has_table } else { rebuild };
    let periods = match again {
        Some(earlier) => {
            ended.done.clone_from(&earlier.done);
            earlier.failed.clone()
        }
        None => {
            let now = crate::sys::clock::now();
            covered(model, is_whole, context.options.event_times, now)
                .map_err(|error| error.at(&unit.node.path))?
        }
    };
    let mut all = Built::default();
    let mut failure: Option<Error> = None;
    for (number, period) in periods.iter().enumerate() {
        let is_first = number == 0;
        if context.options.cancel.is_raised() || (!is_first && ended.done.is_empty()) {
            ended.failed.push(*period);
            continue;
        }
        let portion = Portion {
            rebuild: is_first && is_whole,
            existing: if is_first {
                unit.existing
            } else {
                Some(RelationKind::Table)
            },
            period: Some(*period),
            is_first,
            is_last: number + 1 == periods.len(),
        };
        match build_model(context, unit, &portion, connection) {
            Ok(built) => {
                ended.done.push(*period);
                all.rows = Some(all.rows.unwrap_or(0) + built.rows.unwrap_or(0));
                all.compiled = built.compiled;
                all.ran = built.ran;
                all.notices.extend(built.notices);
            }
            Err(error) => {
                ended.failed.push(*period);
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        None => context.options.cancel.check().map(|()| all),
        Some(error) => Err(partial(error, model, ended)),
    }
}

/// Says which periods are missing.
fn partial(error: Error, model: &Microbatch, ended: &Periods) -> Error {
    let ids = |all: &[Period]| {
        let ids: Vec<String> = all.iter().map(|one| model.size.id(one.start)).collect();
        ids.join(", ")
    };
    let (done, failed) = (ended.done.len(), ended.failed.len());
    let error = error.cause(format!(
        "{failed} of {} periods are missing: {}",
        done + failed,
        ids(&ended.failed)
    ));
    error.hint("Run `cca retry` to build the missing periods alone.")
}
