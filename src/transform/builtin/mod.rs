//! The macros every project has: `dbt.…`, written for this engine. Their templates are compiled
//! when they are first called.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::context::Macro;
use super::render::block_template;
use super::template::blocks::{Block, split};
use super::template::rewrite::Rewritten;
use crate::error::Result;
use crate::project::{Origin, SourceFile};

/// Name of the package they belong to.
pub(super) const PACKAGE: &str = "dbt";

const FILES: [(&str, &str); 7] = [
    ("dbt/types.sql", include_str!("types.sql")),
    ("dbt/dates.sql", include_str!("dates.sql")),
    ("dbt/names.sql", include_str!("names.sql")),
    ("dbt/contracts.sql", include_str!("contracts.sql")),
    ("dbt/loading.sql", include_str!("loading.sql")),
    ("dbt/materializing.sql", include_str!("materializing.sql")),
    (
        "dbt/materializations.sql",
        include_str!("materializations.sql"),
    ),
];

type Blocks = BTreeMap<String, Block>;

/// All blocks by the name of their template.
fn blocks() -> &'static Blocks {
    static BLOCKS: OnceLock<Blocks> = OnceLock::new();
    BLOCKS.get_or_init(|| {
        let mut all = BTreeMap::new();
        for (path, text) in FILES {
            let file = SourceFile {
                path: path.to_owned(),
                text: text.to_owned(),
                origin: Origin::Embedded,
            };
            // The files are part of the program; a test splits them all.
            for block in split(&file).unwrap_or_default() {
                all.insert(block_template(path, &block.name), block);
            }
        }
        all
    })
}

/// The macros, as the registry knows them.
pub(super) fn macros() -> impl Iterator<Item = Macro> {
    blocks()
        .iter()
        .map(|(template, block)| Macro::of(PACKAGE, template.clone(), block))
}

/// The text of a template of this package, as the engine gets it.
#[expect(clippy::unnecessary_wraps, reason = "the engine asks for this shape")]
pub(super) fn load(template: &str) -> Result<Option<String>, minijinja::Error> {
    let block = blocks().get(template);
    Ok(block.map(|block| Rewritten::of(&block.template).text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::settings::Semantics;

    #[test]
    fn every_file_is_understood_and_compiles() {
        for (path, text) in FILES {
            let file = SourceFile {
                path: path.to_owned(),
                text: text.to_owned(),
                origin: Origin::Embedded,
            };
            assert!(!split(&file).expect("valid").is_empty(), "{path}");
        }
        let engine = crate::transform::engine::engine(Semantics::Own);
        for name in blocks().keys() {
            engine
                .get_template(name)
                .unwrap_or_else(|error| panic!("{error:#}"));
        }
    }
}
