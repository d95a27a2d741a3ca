//! What a collection holds, before it is read: which families, how many documents, which index.

use bson::{Bson, Document, doc};
use futures::TryStreamExt;

use super::config::Connection;
use super::family::Family;

/// What there is to read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Survey {
    /// Families to query; without an index only those that exist, since every query then reads
    /// the whole collection.
    pub(super) families: Vec<Family>,
    /// Whether there may be documents of no family.
    pub(super) rest: bool,
    /// Whether some of these may have a list as their mark.
    pub(super) lists: bool,
    /// Whether an index gives the order of the mark field.
    pub(super) indexed: bool,
    /// All documents, roughly.
    pub(super) documents: u64,
}

impl Survey {
    /// Asks the server.
    pub(super) fn of(connection: &Connection, field: &str) -> mongodb::error::Result<Self> {
        if connection.has_index(field)? {
            let count = connection.collection().estimated_document_count();
            let documents = connection.wait(async { count.await })?;
            return Ok(Self {
                families: Family::ALL.to_vec(),
                rest: true,
                lists: connection.wait(may_hold_lists(connection, field)),
                indexed: true,
                documents,
            });
        }
        let kinds = connection.wait(kinds(connection, field))?;
        let mut families: Vec<Family> = kinds
            .iter()
            .flat_map(|kind| kind.families().iter().copied())
            .collect();
        families.sort_unstable();
        families.dedup();
        // Of texts and numbers some are of no family.
        let rest = kinds.iter().any(|kind| {
            let one = [
                Family::Missing,
                Family::ObjectId,
                Family::Date,
                Family::Timestamp,
            ];
            !kind.families().iter().any(|family| one.contains(family))
        });
        let documents = kinds.iter().map(|kind| kind.documents).sum();
        Ok(Self {
            families,
            rest,
            lists: true,
            indexed: false,
            documents,
        })
    }
}

/// Documents of one combination of types.
struct Kind {
    mark: String,
    id: String,
    documents: u64,
}

impl Kind {
    fn families(&self) -> &'static [Family] {
        Family::of_types(&self.mark, &self.id)
    }

    fn read(document: &Document) -> Option<Self> {
        let types = document.get_document("_id").ok()?;
        let count = document.get("n");
        let count = count.and_then(|n| n.as_i64().or_else(|| n.as_i32().map(i64::from)));
        Some(Self {
            mark: types.get_str("mark").ok()?.to_owned(),
            id: types.get_str("id").ok()?.to_owned(),
            documents: u64::try_from(count?).unwrap_or(0),
        })
    }
}

/// Whether a list was ever put into the field, as far as its index tells. Looking for lists means
/// reading the whole index, so it is worth asking.
async fn may_hold_lists(connection: &Connection, field: &str) -> bool {
    let find = doc! {
        "find": connection.collection().name(),
        "filter": { field: { "$type": "array" } },
    };
    let explain = doc! { "explain": find, "verbosity": "queryPlanner" };
    let plan = connection.database().run_command(explain).await;
    let Ok(plan) = plan else { return true };
    let (plan, mut paths) = (Bson::Document(plan), Vec::new());
    list_paths(&plan, field, &mut paths);
    paths.is_empty() || paths.iter().any(|path| !path.is_empty())
}

/// What the indexes in a plan say about lists in `field`.
fn list_paths<'p>(plan: &'p Bson, field: &str, found: &mut Vec<&'p Vec<Bson>>) {
    match plan {
        Bson::Document(stage) => {
            for (key, value) in stage {
                let paths = value.as_document().filter(|_| key == "multiKeyPaths");
                match paths.and_then(|paths| paths.get_array(field).ok()) {
                    Some(path) => found.push(path),
                    None => list_paths(value, field, found),
                }
            }
        }
        Bson::Array(stages) => stages
            .iter()
            .for_each(|stage| list_paths(stage, field, found)),
        _ => {}
    }
}

async fn kinds(connection: &Connection, field: &str) -> mongodb::error::Result<Vec<Kind>> {
    let types = doc! { "mark": { "$type": format!("${field}") }, "id": { "$type": "$_id" } };
    let pipeline = vec![doc! { "$group": { "_id": types, "n": { "$sum": 1 } } }];
    let found: Vec<Document> = connection
        .collection()
        .clone_with_type::<Document>()
        .aggregate(pipeline)
        .allow_disk_use(true)
        .await?
        .try_collect()
        .await?;
    Ok(found.iter().filter_map(Kind::read).collect())
}
