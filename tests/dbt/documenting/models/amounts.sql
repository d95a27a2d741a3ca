{{ config(tags=['c', 'a'], pre_hook=["select 1", {"sql": "select {{ twice(2) }}", "transaction": false}]) }}
select code, {{ twice('cents') }} as cents, {{ library.half('cents') }} as half,
  {{ dbt.type_int() }}_name
from (select code, cents, 1 as {{ dbt.type_int() }}_name from {{ ref('codes') }}
where code not in (select code from {{ ref('places') }} where code is null))
{% if execute %}{% set found = run_query('select 1') %}{% endif %}
