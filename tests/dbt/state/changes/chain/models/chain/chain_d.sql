select * from {{ ref('chain_c') }}
