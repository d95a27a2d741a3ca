//! Data files: Parquet with zstd, sized by us, with statistics that never lie.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, SchemaRef};
use iceberg::arrow::schema_to_arrow_schema;
use iceberg::spec::{DataFile, DataFileFormat, Literal, PartitionKey, Struct};
use iceberg::table::Table;
use iceberg::writer::base_writer::data_file_writer::{DataFileWriter, DataFileWriterBuilder};
use iceberg::writer::file_writer::ParquetWriterBuilder;
use iceberg::writer::file_writer::location_generator::{
    DefaultFileNameGenerator, DefaultLocationGenerator,
};
use iceberg::writer::file_writer::rolling_writer::RollingFileWriterBuilder;
use iceberg::writer::{IcebergWriter, IcebergWriterBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::lake_error;
use crate::entry::{ColumnKind, ColumnSpec};
use crate::error::{Error, Result};

type Inner =
    DataFileWriter<ParquetWriterBuilder, DefaultLocationGenerator, DefaultFileNameGenerator>;

/// Sizes of data files.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// A file is closed when it reaches this size.
    pub target_file_bytes: usize,
    /// Rows per row group at most.
    pub row_group_rows: usize,
    /// zstd level.
    pub compression_level: i32,
}

/// Writes rows of one partition into data files.
pub struct LakeWriter<'a> {
    runtime: &'a tokio::runtime::Runtime,
    inner: Inner,
    schema: SchemaRef,
}

impl<'a> LakeWriter<'a> {
    pub(super) fn open(
        runtime: &'a tokio::runtime::Runtime,
        table: &Table,
        columns: &[ColumnSpec],
        options: WriterOptions,
        day: i32,
    ) -> Result<Self> {
        let fail = |error| lake_error("failed to open a data file of the lake", &error);
        let schema = table.metadata().current_schema().clone();
        let arrow_schema = schema_to_arrow_schema(&schema).map_err(fail)?;
        let parquet = ParquetWriterBuilder::new(properties(columns, options)?, schema.clone());
        let rolling = RollingFileWriterBuilder::new(
            parquet,
            options.target_file_bytes,
            table.file_io().clone(),
            DefaultLocationGenerator::new(table.metadata()).map_err(fail)?,
            DefaultFileNameGenerator::new(
                uuid::Uuid::now_v7().to_string(),
                None,
                DataFileFormat::Parquet,
            ),
        );
        let partition = PartitionKey::new(
            table.metadata().default_partition_spec().as_ref().clone(),
            schema,
            Struct::from_iter([Some(Literal::date(day))]),
        );
        let builder = DataFileWriterBuilder::new(rolling);
        let inner = runtime
            .block_on(builder.build(Some(partition)))
            .map_err(fail)?;
        Ok(Self {
            runtime,
            inner,
            schema: Arc::new(arrow_schema),
        })
    }

    /// Writes one batch; rolls to a new file when the target size is reached.
    pub fn write(&mut self, records: &RecordBatch) -> Result<()> {
        let columns = records.columns().iter().zip(self.schema.fields());
        let columns = columns
            .map(|(column, field)| relabel(column, field.data_type()))
            .collect();
        let records = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| Error::bug("a batch does not fit the landing table").cause(error))?;
        self.runtime
            .block_on(self.inner.write(records))
            .map_err(|error| lake_error("failed to write a data file of the lake", &error))
    }

    /// Closes the last file and returns all of them, synced.
    pub fn close(mut self) -> Result<Vec<DataFile>> {
        self.runtime
            .block_on(self.inner.close())
            .map_err(|error| lake_error("failed to finish a data file of the lake", &error))
    }
}

/// The same values under the nested field names and ids of the table.
fn relabel(column: &ArrayRef, target: &DataType) -> ArrayRef {
    match target {
        DataType::List(item) => {
            let list = column.as_list::<i32>();
            let values = relabel(list.values(), item.data_type());
            Arc::new(ListArray::new(
                item.clone(),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            ))
        }
        DataType::Struct(fields) => {
            let parts = column.as_struct();
            let columns = parts.columns().iter().zip(fields);
            let columns = columns
                .map(|(part, field)| relabel(part, field.data_type()))
                .collect();
            Arc::new(StructArray::new(
                fields.clone(),
                columns,
                parts.nulls().cloned(),
            ))
        }
        _ => column.clone(),
    }
}

/// Long texts have neither statistics (which are cut, and then lie about the file's bounds) nor a
/// dictionary; the statistics of the others are never cut. Values that hardly repeat have no
/// dictionary either: filling it takes longer than writing them, and makes the file no smaller.
fn properties(columns: &[ColumnSpec], options: WriterOptions) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(options.compression_level)
        .map_err(|error| Error::config("`lake.compression_level` is out of range").cause(error))?;
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(options.row_group_rows))
        .set_max_row_group_bytes(Some(options.target_file_bytes))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(None)
        .set_column_index_truncate_length(None)
        .set_offset_index_disabled(true);
    for column in columns {
        if column.is_distinct() {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
        }
        let paths: Vec<ColumnPath> = match column.kind {
            ColumnKind::Text => vec![ColumnPath::from(column.name)],
            ColumnKind::Blocks => ["text", "tool_input", "result_text"]
                .into_iter()
                .map(|field| block_path(column.name, field))
                .collect(),
            _ => continue,
        };
        for path in paths {
            builder = builder
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::None)
                .set_column_dictionary_enabled(path, false);
        }
    }
    for field in ["ordinal", "type", "tool_use_id", "tool_name", "is_error"] {
        builder = builder.set_column_statistics_enabled(
            block_path("content_blocks", field),
            EnabledStatistics::None,
        );
    }
    Ok(builder.build())
}

fn block_path(column: &str, field: &str) -> ColumnPath {
    ColumnPath::from(
        [column, "list", "element", field]
            .map(str::to_owned)
            .to_vec(),
    )
}
