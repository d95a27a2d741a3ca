{{ config(materialized='ephemeral') }}
select id, upper(name) as loud from {{ ref('stg_people') }}
