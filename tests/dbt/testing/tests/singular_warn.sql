{{ config(severity='warn') }}
select id from {{ ref('stg_people') }} group by id having count(*) > 1
