select * from {{ ref('totals') }} where euros > 12
