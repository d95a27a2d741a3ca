{{ config(materialized='table') }}
select id, name, age, dbt_valid_from, dbt_valid_to is null as is_current from {{ ref('by_time') }}
