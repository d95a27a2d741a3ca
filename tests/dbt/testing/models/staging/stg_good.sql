{{ config(materialized='table') }}
select distinct country from {{ ref('people') }} where country <> 'xx'
