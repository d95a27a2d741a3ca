with e as (select * from {{ ref('e2') }}) select e.id, e.twice, f.cents from e join {{ ref('e1') }} f using (id)
