//! One macro as an entry of `manifest.json`.

use serde_json::{Value as Json, json};

use super::node::object;
use crate::transform::builtin::PACKAGE;
use crate::transform::context::{Macro, MacroNotes, Macros, Registry, is_macro_of_dbt};
use crate::transform::template::pieces::{Piece, PieceKind, pieces};
use crate::transform::template::tokens::{Token, TokenKind, tokens};

/// What a materialization says of the languages its models are written in.
const LANGUAGES: &str = "supported_languages";

/// The entry of a macro.
pub(super) fn macro_entry(registry: &Registry, one: &Macro, now: f64) -> Json {
    let notes = registry.macro_notes.get(&one.id);
    let of = |key: &str| {
        let entry = &notes?.entry;
        let configured = entry.get("config").and_then(|config| config.get(key));
        configured.or_else(|| entry.get(key))
    };
    let meta = object(of("meta"));
    let mut docs = json!({"show": true, "node_color": null});
    if let (Some(docs), Some(given)) = (docs.as_object_mut(), of("docs").and_then(Json::as_object))
    {
        docs.extend(given.clone());
    }
    json!({
        "name": one.name,
        "resource_type": "macro",
        "package_name": one.package,
        "path": one.file,
        "original_file_path": one.file,
        "unique_id": one.id,
        "macro_sql": one.written,
        "depends_on": {"macros": called(&registry.macros, one)},
        "description": notes.map_or("", |notes| notes.description.as_str()),
        "meta": meta,
        "docs": docs,
        "config": {"meta": meta, "docs": docs},
        "patch_path": notes.map(|notes| format!("{}://{}", one.package, notes.file)),
        "arguments": arguments(one, notes),
        "created_at": now,
        "supported_languages": languages(one),
    })
}

/// The arguments as they are described, else as they are declared.
fn arguments(one: &Macro, notes: Option<&MacroNotes>) -> Vec<Json> {
    let described = notes.and_then(|notes| notes.entry.get("arguments")?.as_array());
    let described = described.filter(|all| !all.is_empty());
    let whole = |entry: &Json| {
        let of = |key: &str| entry.get(key).filter(|value| !value.is_null());
        let description = of("description").cloned().unwrap_or_else(|| "".into());
        json!({"name": of("name"), "type": of("type"), "description": description})
    };
    // To dbt, the languages of a materialization are its one argument.
    let has_languages = languages(one).is_some();
    match described {
        Some(entries) => entries.iter().map(whole).collect(),
        None => {
            let names = one.parameters.iter().map(String::as_str);
            names
                .chain(has_languages.then_some(LANGUAGES))
                .map(|name| json!({"name": name, "type": null, "description": ""}))
                .collect()
        }
    }
}

/// The languages in which models of a materialization are written; `None` for other macros.
fn languages(one: &Macro) -> Option<Vec<&str>> {
    if !one.name.starts_with("materialization_") {
        return None;
    }
    let tag = one.written.split("%}").next().unwrap_or_default();
    let Some((_, listed)) = tag.split_once(LANGUAGES) else {
        return Some(vec!["sql"]);
    };
    let listed = listed.split(']').next().unwrap_or_default();
    Some(listed.split(['\'', '"']).skip(1).step_by(2).collect())
}

/// Ids of the macros a macro names in front of a parenthesis, in order, each once.
fn called(macros: &Macros, one: &Macro) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let code = [PieceKind::Output, PieceKind::Tag];
    let all = pieces(&one.written);
    for piece in all.iter().filter(|piece| code.contains(&piece.kind)) {
        for id in calls_in(macros, one, piece) {
            // Its own tag looks like a call of it.
            if id != one.id && !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

fn calls_in(macros: &Macros, one: &Macro, piece: &Piece<'_>) -> Vec<String> {
    let inside = piece.text.get(2..piece.text.len().saturating_sub(2));
    let words = tokens(inside.unwrap_or_default()).unwrap_or_default();
    let words: Vec<Token<'_>> = words
        .into_iter()
        .filter(|word| word.kind != TokenKind::Space)
        .collect();
    let is_sign = |at: Option<usize>, sign: &str| {
        let word = at.and_then(|at| words.get(at));
        word.is_some_and(|word| word.kind == TokenKind::Sign && word.text == sign)
    };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_called = word.kind == TokenKind::Name && is_sign(Some(at + 1), "(");
        // `value | filter(…)` and `value is test(…)` call no macro.
        let is_other = is_sign(at.checked_sub(1), "|")
            || at
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|before| matches!(before.text, "is" | "not"));
        if !is_called || is_other {
            continue;
        }
        let owner = is_sign(at.checked_sub(1), ".")
            .then(|| at.checked_sub(2).and_then(|owner| words.get(owner)));
        match owner {
            None => found.extend(id_of(macros, &one.package, word.text)),
            Some(Some(owner)) if owner.text == "adapter" && word.text == "dispatch" => {
                let texts: Vec<&str> = words
                    .iter()
                    .skip(at + 2)
                    .take_while(|word| word.text != ")")
                    .filter(|word| word.kind == TokenKind::Text)
                    .map(|word| word.text.trim_matches(['\'', '"']))
                    .collect();
                found.extend(dispatched(macros, one, &texts));
            }
            Some(Some(owner)) if macros.has_package(owner.text) => {
                found.extend(id_of(macros, owner.text, word.text));
            }
            Some(_) => {}
        }
    }
    found
}

fn id_of(macros: &Macros, package: &str, name: &str) -> Option<String> {
    let known = macros.id_of(package, name);
    known.or_else(|| is_macro_of_dbt(name).then(|| format!("macro.{PACKAGE}.{name}")))
}

/// What `adapter.dispatch(name, namespace)` leads to.
fn dispatched(macros: &Macros, one: &Macro, texts: &[&str]) -> Vec<String> {
    let Some((name, namespace)) = texts.split_first() else {
        return Vec::new();
    };
    let by_name = macros.id_of(&one.package, name);
    let found = macros.dispatch(&one.package, namespace.first().copied(), name);
    let found = found.map(|found| found.id.clone());
    by_name.into_iter().chain(found).collect()
}
