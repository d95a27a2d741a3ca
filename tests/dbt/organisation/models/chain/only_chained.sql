select sum(twice) as s from {{ ref('e2') }}
