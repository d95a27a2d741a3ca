select id, person, {{ euros('cents') }} as euros, ordered_at from {{ ref('orders') }}
