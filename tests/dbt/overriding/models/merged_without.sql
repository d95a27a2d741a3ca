{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id', merge_exclude_columns=['later'], merge_update_condition='DBT_INTERNAL_SOURCE.amount > 20') }}
select id, amount, {{ is_incremental() }} as later from {{ ref('amounts') }}
