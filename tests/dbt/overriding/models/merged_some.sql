{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id', merge_update_columns=['amount']) }}
select id, amount, {{ is_incremental() }} as later from {{ ref('amounts') }}
