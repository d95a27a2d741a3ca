select * from {{ ref('totals') }} where euros > 1200
