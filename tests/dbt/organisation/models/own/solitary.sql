{{ config(materialized='view', schema='apart') }}
select 1 as one, '{{ this.schema }}.{{ this.identifier }}' as me, '{{ model.name }}' as name, '{{ model.tags | join(",") }}' as tags
