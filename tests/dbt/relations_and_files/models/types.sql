{{ config(materialized='table') }}
select 1::tinyint as t, 1::hugeint as h, 1.25::decimal(9,2) as d, 'x'::varchar as v, true as b,
  date '2024-01-01' as day, timestamp '2024-01-01 10:00:00' as ts, interval 1 day as i, [1, 2] as l,
  {'a': 1, 'b': 'x'} as s, map {'k': 1} as m, 'ab'::blob as bl, uuid '00000000-0000-0000-0000-000000000001' as u, 1.5::float as f
