{% macro dbt_utils_like_single(query) %}
  {% if not execute %}{{ return('') }}{% endif %}
  {% set rows = run_query(query).rows %}
  {{ return(rows[0][0]) }}
{% endmacro %}
