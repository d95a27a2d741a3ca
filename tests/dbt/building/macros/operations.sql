{% macro count_rows(relation, label='n') %}
  {% set found = run_query('select count(*) from ' ~ target.schema ~ '.' ~ relation) %}
  {% do run_query(told('operation ' ~ label, found.rows[0][0])) %}
  {{ return(found.rows[0][0]) }}
{% endmacro %}

{% macro keep(what) %}
  {% call statement() %}{{ told('kept', what) }}{% endcall %}
  {% do adapter.commit() %}
{% endmacro %}

{% macro forget(what) %}
  {% call statement() %}{{ told('forgotten', what) }}{% endcall %}
{% endmacro %}

{% macro refuse() %}
  {% do run_query(told('before it failed', 'kept')) %}
  {{ exceptions.raise_compiler_error('refused') }}
{% endmacro %}
