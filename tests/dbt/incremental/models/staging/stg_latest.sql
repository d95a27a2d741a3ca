select id, customer, amount, status, note, happened_at, loaded
from {{ ref('stg_orders') }}
qualify row_number() over (partition by id order by loaded desc) = 1
