{{ config(fail_calc='sum(id)', limit=2) }}
select id from {{ ref('small') }}
