select count(*) as spenders, max(euros) as most from {{ ref('spenders') }}
