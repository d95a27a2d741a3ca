{{ config(materialized='described') }}
select id, 'x' as label, amount * {{ var('factor', 2) }} as twice, '{{ schema }}' as made_in from {{ ref('small') }}
