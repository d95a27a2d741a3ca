//! The Iceberg SQL catalog in one SQLite file, in the layout other Iceberg engines read.
//!
//! A commit is one `UPDATE … WHERE metadata_location = <what it was prepared on>`; after it the
//! row is read back, and only what is read back is reported as committed.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Mutex;

use async_trait::async_trait;
use iceberg::io::FileIO;
use iceberg::spec::{TableMetadata, TableMetadataBuilder};
use iceberg::table::Table;
use iceberg::{
    Catalog, Error, ErrorKind, MetadataLocation, Namespace, NamespaceIdent, Result, Runtime,
    TableCommit, TableCreation, TableIdent,
};
use rusqlite::{Connection, OptionalExtension, params};

const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255),
    property_value VARCHAR(1000),
    PRIMARY KEY (catalog_name, namespace, property_key));";

/// A catalog in one SQLite file.
#[derive(Debug)]
pub(super) struct SqliteCatalog {
    name: String,
    location: String,
    connection: Mutex<Connection>,
    file_io: FileIO,
    runtime: Runtime,
}

impl SqliteCatalog {
    /// Opens or creates the catalog file.
    pub(super) fn open(
        path: &Path,
        name: &str,
        location: &str,
        file_io: FileIO,
        runtime: Runtime,
    ) -> Result<Self> {
        let connection = Connection::open(path).map_err(|error| sqlite_error(&error))?;
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .and_then(|()| connection.pragma_update(None, "journal_mode", "WAL"))
            .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
            .and_then(|()| connection.execute_batch(LAYOUT))
            .map_err(|error| sqlite_error(&error))?;
        Ok(Self {
            name: name.to_owned(),
            location: location.to_owned(),
            connection: Mutex::new(connection),
            file_io,
            runtime,
        })
    }

    /// The file that holds the current metadata of a table.
    pub(super) fn metadata_location(&self, table: &TableIdent) -> Result<Option<String>> {
        self.with(|connection| {
            connection
                .query_row(
                    "SELECT metadata_location FROM iceberg_tables
                     WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3
                       AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
                    params![self.name, namespace_text(&table.namespace), table.name],
                    |row| row.get(0),
                )
                .optional()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let connection = self
            .connection
            .lock()
            .map_err(|_| Error::new(ErrorKind::Unexpected, "a thread died holding the catalog"))?;
        work(&connection).map_err(|error| sqlite_error(&error))
    }

    async fn table_at(&self, ident: &TableIdent, location: String) -> Result<Table> {
        let input = self.file_io.new_input(&location)?;
        let metadata = TableMetadata::read_from(&self.file_io, input.location()).await?;
        self.table_of(ident, metadata, location)
    }

    fn table_of(
        &self,
        ident: &TableIdent,
        metadata: TableMetadata,
        location: String,
    ) -> Result<Table> {
        Table::builder()
            .identifier(ident.clone())
            .metadata(metadata)
            .metadata_location(location)
            .file_io(self.file_io.clone())
            .runtime(self.runtime.clone())
            .build()
    }

    /// Moves the pointer if it still is where the commit was prepared, and reads it back.
    fn swap(&self, ident: &TableIdent, from: &str, to: &str) -> Result<()> {
        let changed = self.with(|connection| {
            connection.execute(
                "UPDATE iceberg_tables
                 SET metadata_location = ?1, previous_metadata_location = ?2
                 WHERE catalog_name = ?3 AND table_namespace = ?4 AND table_name = ?5
                   AND metadata_location = ?2",
                params![
                    to,
                    from,
                    self.name,
                    namespace_text(&ident.namespace),
                    ident.name
                ],
            )
        })?;
        let now = self.metadata_location(ident)?;
        if now.as_deref() == Some(to) {
            return Ok(());
        }
        if changed == 0 {
            return Err(Error::new(
                ErrorKind::CatalogCommitConflicts,
                format!("table `{ident}` was changed by another writer"),
            ));
        }
        Err(Error::new(
            ErrorKind::CatalogCommitConflicts,
            format!("the catalog accepted a commit to `{ident}` but does not show it"),
        ))
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn list_namespaces(
        &self,
        parent: Option<&NamespaceIdent>,
    ) -> Result<Vec<NamespaceIdent>> {
        if parent.is_some() {
            return Ok(Vec::new());
        }
        let names: Vec<String> = self.with(|connection| {
            connection
                .prepare(
                    "SELECT DISTINCT namespace FROM iceberg_namespace_properties
                     WHERE catalog_name = ?1 ORDER BY 1",
                )?
                .query_map(params![self.name], |row| row.get(0))?
                .collect()
        })?;
        Ok(names.into_iter().map(NamespaceIdent::new).collect())
    }

    async fn create_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<Namespace> {
        let name = namespace_text(namespace);
        self.with(|connection| {
            connection.execute(
                "INSERT OR IGNORE INTO iceberg_namespace_properties VALUES (?1, ?2, 'exists', 'true')",
                params![self.name, name],
            )?;
            for (key, value) in &properties {
                connection.execute(
                    "INSERT OR REPLACE INTO iceberg_namespace_properties VALUES (?1, ?2, ?3, ?4)",
                    params![self.name, name, key, value],
                )?;
            }
            Ok(())
        })?;
        Ok(Namespace::with_properties(namespace.clone(), properties))
    }

    async fn get_namespace(&self, namespace: &NamespaceIdent) -> Result<Namespace> {
        let properties: HashMap<String, String> = self.with(|connection| {
            connection
                .prepare(
                    "SELECT property_key, property_value FROM iceberg_namespace_properties
                     WHERE catalog_name = ?1 AND namespace = ?2",
                )?
                .query_map(params![self.name, namespace_text(namespace)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect()
        })?;
        if properties.is_empty() {
            return Err(Error::new(
                ErrorKind::NamespaceNotFound,
                format!("there is no namespace `{namespace}`"),
            ));
        }
        Ok(Namespace::with_properties(namespace.clone(), properties))
    }

    async fn namespace_exists(&self, namespace: &NamespaceIdent) -> Result<bool> {
        match self.get_namespace(namespace).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NamespaceNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn update_namespace(
        &self,
        _namespace: &NamespaceIdent,
        _properties: HashMap<String, String>,
    ) -> Result<()> {
        Err(unsupported("changing a namespace"))
    }

    async fn drop_namespace(&self, _namespace: &NamespaceIdent) -> Result<()> {
        Err(unsupported("dropping a namespace"))
    }

    async fn list_tables(&self, namespace: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        let names: Vec<String> = self.with(|connection| {
            connection
                .prepare(
                    "SELECT table_name FROM iceberg_tables
                     WHERE catalog_name = ?1 AND table_namespace = ?2 ORDER BY 1",
                )?
                .query_map(params![self.name, namespace_text(namespace)], |row| {
                    row.get(0)
                })?
                .collect()
        })?;
        Ok(names
            .into_iter()
            .map(|name| TableIdent::new(namespace.clone(), name))
            .collect())
    }

    async fn create_table(
        &self,
        namespace: &NamespaceIdent,
        mut creation: TableCreation,
    ) -> Result<Table> {
        let ident = TableIdent::new(namespace.clone(), creation.name.clone());
        let location = creation.location.take().unwrap_or_else(|| {
            format!(
                "{}/{}/{}",
                self.location,
                namespace_text(namespace),
                ident.name
            )
        });
        creation.location = Some(location.clone());
        let metadata = TableMetadataBuilder::from_table_creation(creation)?
            .build()?
            .metadata;
        let metadata_location = MetadataLocation::new_with_metadata(&location, &metadata);
        metadata.write_to(&self.file_io, &metadata_location).await?;
        let metadata_location = metadata_location.to_string();
        self.with(|connection| {
            connection.execute(
                "INSERT INTO iceberg_tables VALUES (?1, ?2, ?3, ?4, NULL, 'TABLE')",
                params![
                    self.name,
                    namespace_text(namespace),
                    ident.name,
                    metadata_location
                ],
            )
        })?;
        self.table_of(&ident, metadata, metadata_location)
    }

    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        match self.metadata_location(table)? {
            Some(location) => self.table_at(table, location).await,
            None => Err(Error::new(
                ErrorKind::TableNotFound,
                format!("there is no table `{table}`"),
            )),
        }
    }

    async fn drop_table(&self, _table: &TableIdent) -> Result<()> {
        Err(unsupported("dropping a table"))
    }

    async fn purge_table(&self, _table: &TableIdent) -> Result<()> {
        Err(unsupported("purging a table"))
    }

    async fn table_exists(&self, table: &TableIdent) -> Result<bool> {
        Ok(self.metadata_location(table)?.is_some())
    }

    async fn rename_table(&self, _source: &TableIdent, _target: &TableIdent) -> Result<()> {
        Err(unsupported("renaming a table"))
    }

    async fn register_table(&self, _table: &TableIdent, _location: String) -> Result<Table> {
        Err(unsupported("registering a table"))
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        let ident = commit.identifier().clone();
        let current = self.load_table(&ident).await?;
        let from = current.metadata_location_result()?.to_owned();
        let staged = commit.apply(current)?;
        let to = staged.metadata_location_result()?.to_owned();
        let location = MetadataLocation::from_str(&to)?;
        staged
            .metadata()
            .write_to(staged.file_io(), &location)
            .await?;
        self.swap(&ident, &from, &to)?;
        Ok(staged)
    }
}

fn namespace_text(namespace: &NamespaceIdent) -> String {
    namespace.as_ref().join(".")
}

fn unsupported(action: &str) -> Error {
    Error::new(
        ErrorKind::FeatureUnsupported,
        format!("{action} is not something this catalog does"),
    )
}

fn sqlite_error(error: &rusqlite::Error) -> Error {
    Error::new(
        ErrorKind::Unexpected,
        format!("the lake's catalog failed: {error}"),
    )
}
