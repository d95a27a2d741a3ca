select p.loud, s.age, '{{ env_var('GREETED', 'nobody') }}' as greeted from {{ ref('ephemeral_part') }} p join {{ ref('stg_people') }} s using (id)
