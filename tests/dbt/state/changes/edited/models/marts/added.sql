select * from {{ ref('promised') }}
