{{ config(materialized='table', grants={'select': ['somebody']}) }}
select 1 as one
