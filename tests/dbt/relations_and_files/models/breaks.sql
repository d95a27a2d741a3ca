{{ config(materialized='table') }}
select id, case when {{ var('break', false) }} then error('broken on purpose') else 'fine' end as state from {{ ref('events') }} where id = 1
