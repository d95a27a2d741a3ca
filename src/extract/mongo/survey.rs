//! What a collection holds, before it is read: which families, how many documents, which index.

use bson::{Document, doc};
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
