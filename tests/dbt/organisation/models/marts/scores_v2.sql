select customer, 2 as score, 'new' as why from {{ ref('customers') }}
