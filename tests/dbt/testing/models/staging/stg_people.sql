select id, name, age, country, manager_id, joined from {{ ref('people') }}
