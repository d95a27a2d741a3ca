//! A catalog that refuses to move a transaction to another base.
//!
//! A transaction of the Iceberg crate silently re-applies itself on whatever snapshot is current.
//! Our appends carry high-water marks that follow from the snapshot they were prepared on; on
//! another base they would land the same entries twice. So a transaction here sees the table only
//! as long as it is where it was.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use iceberg::table::Table;
use iceberg::{
    Catalog, Error, ErrorKind, Namespace, NamespaceIdent, Result, TableCommit, TableCreation,
    TableIdent,
};

use super::catalog::SqliteCatalog;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct PinnedCatalog {
    inner: Arc<SqliteCatalog>,
    base: String,
}

impl PinnedCatalog {
    /// Pins to the metadata file the transaction was prepared on.
    pub(super) fn new(inner: Arc<SqliteCatalog>, base: &str) -> Self {
        Self {
            inner,
            base: base.to_owned(),
        }
    }

    fn moved(table: &TableIdent) -> Error {
        Error::new(
            ErrorKind::CatalogCommitConflicts,
            format!("table `{table}` was changed by another writer since it was read"),
        )
    }
}

#[async_trait]
impl Catalog for PinnedCatalog {
    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        if self.inner.metadata_location(table)?.as_deref() != Some(self.base.as_str()) {
            return Err(Self::moved(table));
        }
        self.inner.load_table(table).await
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        let ident = commit.identifier().clone();
        if self.inner.metadata_location(&ident)?.as_deref() != Some(self.base.as_str()) {
            return Err(Self::moved(&ident));
        }
        self.inner.update_table(commit).await
    }

    async fn list_namespaces(
        &self,
        parent: Option<&NamespaceIdent>,
    ) -> Result<Vec<NamespaceIdent>> {
        self.inner.list_namespaces(parent).await
    }

    async fn create_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<Namespace> {
        self.inner.create_namespace(namespace, properties).await
    }

    async fn get_namespace(&self, namespace: &NamespaceIdent) -> Result<Namespace> {
        self.inner.get_namespace(namespace).await
    }

    async fn namespace_exists(&self, namespace: &NamespaceIdent) -> Result<bool> {
        self.inner.namespace_exists(namespace).await
    }

    async fn update_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<()> {
        self.inner.update_namespace(namespace, properties).await
    }

    async fn drop_namespace(&self, namespace: &NamespaceIdent) -> Result<()> {
        self.inner.drop_namespace(namespace).await
    }

    async fn list_tables(&self, namespace: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        self.inner.list_tables(namespace).await
    }

    async fn create_table(
        &self,
        namespace: &NamespaceIdent,
        creation: TableCreation,
    ) -> Result<Table> {
        self.inner.create_table(namespace, creation).await
    }

    async fn drop_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.drop_table(table).await
    }

    async fn purge_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.purge_table(table).await
    }

    async fn table_exists(&self, table: &TableIdent) -> Result<bool> {
        self.inner.table_exists(table).await
    }

    async fn rename_table(&self, source: &TableIdent, target: &TableIdent) -> Result<()> {
        self.inner.rename_table(source, target).await
    }

    async fn register_table(&self, table: &TableIdent, location: String) -> Result<Table> {
        self.inner.register_table(table, location).await
    }
}
