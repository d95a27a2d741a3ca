{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['kind']}]) }}
select id, kind from {{ ref('events') }}
