{{ config(materialized='marked') }}
select id, day from {{ ref('amounts') }} where amount > 15
