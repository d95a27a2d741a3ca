{{ config(severity='warn') }}
select * from {{ ref('inc') }} where id = 1
