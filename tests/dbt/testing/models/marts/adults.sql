{{ config(materialized='table') }}
select * from {{ ref('stg_people') }} where age >= 18
