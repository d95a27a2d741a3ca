select p.name, t.euros from {{ ref('totals') }} t join {{ ref('stg_people') }} p on p.id = t.person
