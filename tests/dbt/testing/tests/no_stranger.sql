{{ config(severity='error', error_if='> 3', warn_if='> 1', tags=['single']) }}
select * from {{ ref('stg_people') }} where country = 'xx'
