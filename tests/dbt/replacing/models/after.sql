select count(*) as n from {{ ref('stated') }}
