select p.name, t.euros, nowhere from {{ ref('totals') }} t join {{ ref('stg_people') }} p on p.id = t.person
