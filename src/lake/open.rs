//! Opening the lake, and the table in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use iceberg::io::FileIOBuilder;
use iceberg::{Catalog, NamespaceIdent, Runtime, TableCreation, TableIdent};

use super::catalog::SqliteCatalog;
use super::storage::DurableStorageFactory;
use super::table::LakeTable;
use super::{lake_error, schema};
use crate::config::LakeSettings;
use crate::entry::ColumnSpec;
use crate::error::{Error, IoContext, Result};

/// Name of the catalog file inside the warehouse folder.
const CATALOG_FILE: &str = "catalog.db";

/// An open lake: one catalog, one table of interest.
pub struct Lake {
    pub(super) runtime: tokio::runtime::Runtime,
    pub(super) catalog: Arc<SqliteCatalog>,
    catalog_file: PathBuf,
    pub(super) ident: TableIdent,
}

impl Lake {
    /// Opens the lake, creating the warehouse folder and the catalog where missing.
    pub fn open(settings: &LakeSettings) -> Result<Self> {
        let folder = &settings.warehouse_path;
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
        let folder = folder.canonicalize().io("resolve", folder)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::bug("failed to start the lake's runtime").cause(error))?;
        let catalog_file = folder.join(CATALOG_FILE);
        let catalog = SqliteCatalog::open(
            &catalog_file,
            &settings.catalog_name,
            &folder.to_string_lossy(),
            FileIOBuilder::new(Arc::new(DurableStorageFactory)).build(),
            Runtime::new(&runtime),
        )
        .map_err(|error| {
            lake_error("failed to open the lake's catalog", &error).at(catalog_file.display())
        })?;
        Ok(Self {
            runtime,
            catalog: Arc::new(catalog),
            catalog_file,
            ident: TableIdent::new(
                NamespaceIdent::new(settings.namespace.clone()),
                settings.table_name.clone(),
            ),
        })
    }

    /// Whether a lake was ever made at this place; opens nothing.
    #[must_use]
    pub fn exists(settings: &LakeSettings) -> bool {
        settings.warehouse_path.join(CATALOG_FILE).exists()
    }

    /// The table, if it was created.
    pub fn table(&self) -> Result<Option<LakeTable<'_>>> {
        let fail = |error| self.failed("failed to open the landing table", &error);
        let exists = self
            .runtime
            .block_on(self.catalog.table_exists(&self.ident))
            .map_err(fail)?;
        if !exists {
            return Ok(None);
        }
        let table = self
            .runtime
            .block_on(self.catalog.load_table(&self.ident))
            .map_err(fail)?;
        Ok(Some(LakeTable { lake: self, table }))
    }

    /// The table, created with the given columns where missing.
    ///
    /// # Errors
    /// `DataInvalid` if it exists with other columns.
    pub fn table_or_create(&self, columns: &[ColumnSpec]) -> Result<LakeTable<'_>> {
        if let Some(table) = self.table()? {
            table.ensure_columns(columns)?;
            return Ok(table);
        }
        let fail = |error| self.failed("failed to create the landing table", &error);
        let schema = schema::schema(columns).map_err(fail)?;
        let spec = schema::partition_spec(&schema).map_err(fail)?;
        let creation = TableCreation::builder()
            .name(self.ident.name.clone())
            .schema(schema)
            .partition_spec(spec)
            .properties([
                (
                    "write.parquet.compression-codec".to_owned(),
                    "zstd".to_owned(),
                ),
                (
                    "write.metadata.compression-codec".to_owned(),
                    "gzip".to_owned(),
                ),
                (
                    "write.metadata.previous-versions-max".to_owned(),
                    "20".to_owned(),
                ),
                ("commit.retry.num-retries".to_owned(), "0".to_owned()),
            ])
            .build();
        let namespace = self.ident.namespace.clone();
        let table = self
            .runtime
            .block_on(async {
                self.catalog
                    .create_namespace(&namespace, HashMap::new())
                    .await?;
                self.catalog.create_table(&namespace, creation).await
            })
            .map_err(fail)?;
        Ok(LakeTable { lake: self, table })
    }

    pub(super) fn failed(&self, action: &str, error: &iceberg::Error) -> Error {
        lake_error(action, error).at(format!("{} in {}", self.ident, self.catalog_file.display()))
    }
}
