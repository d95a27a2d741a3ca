{{ config(materialized='kept') }}
select * from {{ ref('lent') }}
