select * from {{ ref('spenders') }} where euros < 0.5
