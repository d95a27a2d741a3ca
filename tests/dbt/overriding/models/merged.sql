{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, amount, {{ is_incremental() }} as later from {{ ref('amounts') }}
