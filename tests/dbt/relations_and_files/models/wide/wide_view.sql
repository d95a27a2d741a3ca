select *, value * 2 as twice from {{ ref('events') }}
