{{ config(materialized='table') }}
select 1::bigint as id, cast('x' as varchar) as name, {{ 1 if var('round') != 3 else 'null' }}::double as amount
