{{ config(materialized='table') }}
select state, {{ 2 if var('break', false) else 1 }} as built from {{ ref('breaks') }}
