-- depends_on: {{ ref('payments') }}
select id, customer, {{ toolbox.to_money('cents') }} as amount, cents, paid_on from {{ source('landing', 'paid') }}
