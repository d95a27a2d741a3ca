//! One macro as an entry of `manifest.json`.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::transform::context::Macro;
use crate::transform::graph::Graph;
use crate::transform::template::pieces::{PieceKind, pieces};

/// The entry of a macro.
pub(super) fn macro_entry(graph: &Graph, one: &Macro, now: f64) -> Json {
    json!({
        "name": one.name,
        "resource_type": "macro",
        "package_name": one.package,
        "path": one.path,
        "original_file_path": one.path,
        "unique_id": one.id,
        "macro_sql": one.written,
        "depends_on": {"macros": called(graph, one)},
        "description": "",
        "meta": {},
        "docs": {"show": true, "node_color": null},
        "config": {"meta": {}, "docs": {"show": true, "node_color": null}},
        "patch_path": null,
        "arguments": [],
        "created_at": now,
        "supported_languages": null,
    })
}

/// Ids of the macros that a macro names in front of a parenthesis.
fn called(graph: &Graph, one: &Macro) -> BTreeSet<String> {
    let macros = &graph.registry.macros;
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let mut found = BTreeSet::new();
    let code = [PieceKind::Output, PieceKind::Tag];
    for piece in pieces(&one.written)
        .iter()
        .filter(|piece| code.contains(&piece.kind))
    {
        for (at, _) in piece.text.match_indices('(') {
            let before = piece.text.get(..at).unwrap_or_default().trim_end();
            let name = before
                .rsplit(|letter| !is_name(letter))
                .next()
                .unwrap_or_default();
            let called = match name.split_once('.') {
                Some((package, name)) => macros.of_package(package, name),
                None => macros.find(&one.package, name),
            };
            found.extend(called.map(|called| called.id.clone()));
        }
    }
    // Its own tag looks like a call of it.
    found.remove(&one.id);
    found
}
