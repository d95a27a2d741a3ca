{{ config(materialized='bound') }}
select id, Name from {{ ref('small') }}
