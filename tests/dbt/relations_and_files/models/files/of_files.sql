{{ config(materialized='table') }}
select id, kind, 'one' as origin, '{{ source('parts', 'parts').identifier }}' as named from {{ source('parts', 'parts') }}
union all select id, kind, 'two', '' from {{ source('parts', 'second') }}
union all select id, kind, 'three', '' from {{ source('parts', 'third') }} as t
union all select id, kind, 'four', '' from {{ source('parts', 'fourth') }}
