select a.customer, a.score as newest, b.score as first from {{ ref('scores') }} a join {{ ref('scores', v=1) }} b using (customer)
