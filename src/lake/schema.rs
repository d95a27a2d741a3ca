//! Columns as an Iceberg schema.

use std::sync::Arc;

use iceberg::spec::{
    ListType, NestedField, NestedFieldRef, PrimitiveType, Schema, StructType, Transform, Type,
    UnboundPartitionSpec,
};

use crate::entry::{ColumnKind, ColumnSpec};

/// Name of the partition field: the day an entry was extracted.
const PARTITION_FIELD: &str = "extracted_day";
const PARTITION_SOURCE: &str = "_extracted_at";

/// The schema of a table with the given columns, field ids in order, nested ids after them.
pub(super) fn schema(columns: &[ColumnSpec]) -> iceberg::Result<Schema> {
    let mut next_id = i32::try_from(columns.len()).unwrap_or(i32::MAX);
    let fields: Vec<NestedFieldRef> = columns
        .iter()
        .zip(1..)
        .map(|(column, id)| {
            let field_type = field_type(column.kind, &mut next_id);
            let field = NestedField::new(id, column.name, field_type, column.required);
            Arc::new(field.with_doc(column.doc))
        })
        .collect();
    Schema::builder()
        .with_schema_id(0)
        .with_fields(fields)
        .build()
}

/// One partition per day of extraction; see `docs/ARCHITECTURE.md` for why not per event day.
pub(super) fn partition_spec(schema: &Schema) -> iceberg::Result<UnboundPartitionSpec> {
    let source = schema
        .field_by_name(PARTITION_SOURCE)
        .map_or(0, |field| field.id);
    Ok(UnboundPartitionSpec::builder()
        .add_partition_field(source, PARTITION_FIELD, Transform::Day)?
        .build())
}

fn field_type(kind: ColumnKind, next_id: &mut i32) -> Type {
    let primitive = match kind {
        ColumnKind::Text | ColumnKind::Name => PrimitiveType::String,
        ColumnKind::Long => PrimitiveType::Long,
        ColumnKind::Double => PrimitiveType::Double,
        ColumnKind::Bool => PrimitiveType::Boolean,
        ColumnKind::Instant => PrimitiveType::Timestamptz,
        ColumnKind::Day => PrimitiveType::Date,
        ColumnKind::Blocks => return blocks_type(next_id),
    };
    Type::Primitive(primitive)
}

fn blocks_type(next_id: &mut i32) -> Type {
    let mut take = || {
        *next_id += 1;
        *next_id
    };
    let element_id = take();
    let text = Type::Primitive(PrimitiveType::String);
    let fields = vec![
        NestedField::required(take(), "ordinal", Type::Primitive(PrimitiveType::Int)),
        NestedField::optional(take(), "type", text.clone()),
        NestedField::optional(take(), "text", text.clone()),
        NestedField::optional(take(), "tool_use_id", text.clone()),
        NestedField::optional(take(), "tool_name", text.clone()),
        NestedField::optional(take(), "tool_input", text.clone()),
        NestedField::optional(take(), "is_error", Type::Primitive(PrimitiveType::Boolean)),
        NestedField::optional(take(), "result_text", text),
    ];
    let block = StructType::new(fields.into_iter().map(Arc::new).collect());
    Type::List(ListType::new(Arc::new(NestedField::list_element(
        element_id,
        Type::Struct(block),
        true,
    ))))
}
