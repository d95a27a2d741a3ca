select g.id, g.name, c.amount, c.code
from {{ ref('growing') }} g
left join {{ ref('chosen') }} c on cast(c.code as integer) = g.id
