{{ config(tags='single') }}
select * from {{ ref('amounts') }} where cents < {{ times(1, 0) }}
