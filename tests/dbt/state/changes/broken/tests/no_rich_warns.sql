{{ config(severity='warn') }}
select * from {{ ref('totals') }} where euros > 12
