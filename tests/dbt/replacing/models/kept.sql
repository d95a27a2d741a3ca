{{ config(materialized='bound') }}
select amount, id, Name from {{ ref('small') }}
