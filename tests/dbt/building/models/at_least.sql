{{ config(materialized='table_function', parameters=['least', 'factor']) }}
select id, amount * factor as amount from {{ ref('amounts') }} where amount >= least
