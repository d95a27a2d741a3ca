{{ config(materialized='incremental', unique_key='id') }}
select id, amount, {{ is_incremental() }} as later from {{ ref('amounts') }}
