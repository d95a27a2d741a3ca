{{ config(materialized='ephemeral') }}
select id, cents from {{ ref('stg_payments') }}
