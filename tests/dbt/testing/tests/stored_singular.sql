{{ config(store_failures=true, schema='audit', alias='old_people', severity='warn') }}
select id, name, age from {{ ref('stg_people') }} where age > {{ var('limit_of_age') }}
