{{ config(materialized='external', location='exported/by_kind', options={'partition_by': 'kind', 'overwrite_or_ignore': true}) }}
select id, kind, value from {{ ref('events') }}
