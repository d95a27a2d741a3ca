//! What would be built as it is: a fingerprint per node of everything its contents follow from, to
//! be compared with the one it was built with.
//!
//! The fingerprint covers the query as it renders, macros and variables included, the settings, the
//! definitions of all ancestors, the rows of seeds, and the rows of the sources behind it. What a
//! query takes from elsewhere (the clock, chance, files it names itself) is not seen.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::compile::Definitions;
use super::graph::{Graph, Node, NodeKind};
use super::state::Existing;
use crate::error::{Error, Result};
use crate::warehouse::Connection;

impl Graph {
    /// The fingerprint of each model, seed and snapshot whose relation is there, by id. Models
    /// built in periods have none, because the periods go on with time.
    ///
    /// # Errors
    /// `Project` if a template fails, `DataInvalid` if a source cannot be read.
    pub fn fingerprints(&self, connection: &Connection) -> Result<BTreeMap<String, String>> {
        let existing = Existing::read(connection)?;
        let mut definitions = Definitions::new(self);
        let mut sources: BTreeMap<&str, String> = BTreeMap::new();
        let mut all = BTreeMap::new();
        for node in &self.nodes {
            let is_there = existing.kind(&node.relation).is_some();
            if !node.kind.is_referable() || !is_there || node.config.microbatch.is_some() {
                continue;
            }
            let mut hash = Sha256::new();
            hash.update(definitions.of(node)?);
            for (key, value) in node.settings.values() {
                hash.update(format!("\n{key}={value}"));
            }
            let ancestors = self.ancestors(&node.id);
            let read = ancestors.into_iter().filter_map(|id| self.node(id));
            for source in read.filter(|one| one.kind == NodeKind::Source) {
                if !sources.contains_key(source.id.as_str()) {
                    sources.insert(&source.id, rows_of(source, connection)?);
                }
                hash.update(sources.get(source.id.as_str()).map_or("", String::as_str));
            }
            all.insert(node.id.clone(), format!("{:x}", hash.finalize()));
        }
        Ok(all)
    }
}

/// Number and fingerprint of the rows of a source, whatever their order.
fn rows_of(source: &Node, connection: &Connection) -> Result<String> {
    let relation = &source.relation;
    let sql = format!(
        "SELECT count(*) || ' ' || coalesce(sum(hash(t)::HUGEINT), 0) FROM {relation} AS t"
    );
    let found = connection.scalar(&sql, &[]).map_err(|error| {
        Error::new(error.kind(), format!("failed to read source {relation}"))
            .cause(error.causes().join("\n"))
            .hint("Load it first, or leave out `--skip-unchanged`.")
    })?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::fixture::{Db, graph};

    fn project(model: &str, macro_text: &str, seed: &str) -> Graph {
        graph(&[
            ("sql/models/marts/a.sql", model),
            (
                "sql/models/marts/b.sql",
                "{{ config(materialized='table') }}select n from {{ ref('a') }}",
            ),
            ("sql/models/marts/c.sql", "select * from {{ ref('s') }}"),
            (
                "sql/macros/m.sql",
                &format!("{{% macro m() %}}{macro_text}{{% endmacro %}}"),
            ),
            (
                "sql/models/p.yml",
                "sources:\n  - name: raw\n    tables: [{name: t}]\n",
            ),
            ("seeds/s.csv", seed),
        ])
    }

    #[test]
    fn each_change_shows_below_it_and_nowhere_else() {
        let db = Db::new();
        db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT 1 AS n UNION ALL SELECT 1");
        let model = "select n + {{ m() }} as n from {{ source('raw', 't') }}";
        let first = project(model, "1", "x\n1\n");
        assert!(first.fingerprints(&db.look).expect("none").is_empty());
        db.build(&first);
        let before = first.fingerprints(&db.look).expect("fingerprints");
        assert_eq!(before.len(), 4);
        let changed = |graph: &Graph| -> String {
            let now = graph.fingerprints(&db.look).expect("fingerprints");
            let differs = |id: &&String| before.get(*id) != now.get(*id);
            let ids = before.keys().filter(differs);
            ids.filter_map(|id| id.rsplit('.').next()).collect()
        };
        assert_eq!(changed(&project(model, "1", "x\n1\n")), "");
        assert_eq!(changed(&project(model, "2", "x\n1\n")), "ab");
        assert_eq!(changed(&project(model, "1", "x\n2\n")), "cs");
        let other = "{{ config(tags='x') }}".to_owned() + model;
        assert_eq!(changed(&project(&other, "1", "x\n1\n")), "a");
        for sql in [
            "UPDATE raw.t SET n = 2",
            "DELETE FROM raw.t",
            "INSERT INTO raw.t VALUES (1), (1), (1), (1)",
        ] {
            db.sql(sql);
            assert_eq!(changed(&first), "ab", "{sql}");
        }
        db.sql("DELETE FROM raw.t; INSERT INTO raw.t VALUES (1), (1)");
        assert_eq!(changed(&first), "");
    }
}
