//! A view, replaced by each run.

use std::sync::PoisonError;

use super::contract::Contract;
use super::{
    Build, Built, Ending, Moment, comment, run_header, run_inside, run_query_of, transaction,
};
use crate::transform::compile::SqlFailure;
use crate::transform::state::{RelationKind, forget};

pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    let relation = &build.node.relation;
    transaction(build.connection, build.turn, || {
        run_inside(build, Moment::Before)?;
        if build.existing == Some(RelationKind::Table) {
            build.connection.batch(&format!("DROP TABLE {relation}"))?;
        }
        run_header(build)?;
        Contract::of(build)?;
        {
            let _mine = build.turn.lock().unwrap_or_else(PoisonError::into_inner);
            run_query_of(build, &format!("CREATE OR REPLACE VIEW {relation} AS"), "")?;
        }
        let notices = comment(build, RelationKind::View)?;
        if build.is_remembered {
            forget(build.connection, relation)?;
        }
        run_inside(build, Moment::After)?;
        Ok((
            Built {
                notices,
                ..Built::default()
            },
            Ending::Commit,
        ))
    })
}
