{{ config(materialized='described') }}
select id, Name as other from {{ ref('small') }}
