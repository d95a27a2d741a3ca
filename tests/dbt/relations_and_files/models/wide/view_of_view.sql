{{ config(materialized='view') }}
select kind, max(twice) as twice from {{ ref('wide_view') }} group by kind
