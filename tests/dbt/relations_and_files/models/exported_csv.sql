{{ config(materialized='external', location='exported/given.csv', delimiter='|') }}
select id, kind, value from {{ ref('events') }} where id < 6
