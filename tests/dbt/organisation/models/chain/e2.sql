{{ config(materialized='ephemeral') }}
with inner_part as (select id, cents * 2 as twice from {{ ref('e1') }}) select * from inner_part
