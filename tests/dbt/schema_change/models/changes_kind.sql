{{ config(materialized=var('kind', 'view')) }}
select {{ var('round') }} as id, '{{ var('kind', 'view') }}' as kind
