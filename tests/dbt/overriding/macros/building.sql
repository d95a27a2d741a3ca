{# How tables are made; the one of dbt does the work. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {% do run_query("insert into " ~ target.schema ~ ".made values ('" ~ (relation.identifier.split('__')[0]) ~ "', " ~ temporary ~ ")") %}
  {{ return(dbt.default__create_table_as(temporary, relation, compiled_code)) }}
{%- endmacro %}

{% macro get_incremental_append_sql(arg_dict) %}
  {% do return(get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) %}
{% endmacro %}

{% materialization view, default %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set there = load_cached_relation(this) -%}
  {% if there is not none and there.is_table %}{% do adapter.drop_relation(there) %}{% endif %}
  {% call statement('main') %}create or replace view {{ target_relation }} as (select *, 'own view' as made_by from ({{ sql }})){% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
