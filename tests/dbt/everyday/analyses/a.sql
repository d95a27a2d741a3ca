select {{ lib.twice(1) }} from {{ ref('b_numbers') }}
