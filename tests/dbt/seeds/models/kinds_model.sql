{{ config(materialized='table') }}
select whole + 1 as whole_more, fraction, yes_no, day, moment, text || '!' as loud from {{ ref('kinds') }}
