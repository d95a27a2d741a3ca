select * from {{ ref('chain_b') }}
