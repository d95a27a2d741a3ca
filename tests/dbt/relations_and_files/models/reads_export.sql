{{ config(materialized='table') }}
select kind, sum(value) as value from {{ ref('exported_parquet') }} group by kind
