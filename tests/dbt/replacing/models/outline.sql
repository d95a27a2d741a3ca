{{ config(materialized='empty') }}
select 1
