{{ config(materialized='table') }}
select country, count(*) as people from {{ ref('stg_good') }} group by country
