select 1 / 0 as n, nothing from {{ ref('chain_a') }}
