{{ config(materialized=var('kind', 'table')) }}
select id from {{ ref('amounts') }}
