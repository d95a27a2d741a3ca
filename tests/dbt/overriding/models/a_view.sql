{{ config(materialized='view') }}
select id, amount from {{ ref('a_table') }}
