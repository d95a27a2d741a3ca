{# Two relations of one model: the rows, and how many there are. #}
{% materialization counted, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set counts = make_intermediate_relation(target_relation, '_count') -%}
  {%- set old = load_relation(this) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks) }}
  {% if old is not none %}{% do adapter.drop_relation(old) %}{% endif %}
  {% do drop_relation_if_exists(load_relation(counts)) %}
  {% call statement('main') %}{{ get_create_table_as_sql(False, target_relation, sql) }}{% endcall %}
  {% call statement('numbers', fetch_result=True) %}select count(*) as n from {{ target_relation }}{% endcall %}
  {% call statement('counts') %}
    create table {{ counts }} as select {{ load_result('numbers').table.columns['n'].values()[0] }} as n, '{{ model.name }}' as of, {{ old is not none }} as was_there
  {% endcall %}
  {% do persist_docs(target_relation, model) %}
  {{ run_hooks(post_hooks) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation, counts]}) }}
{% endmaterialization %}

{# For this engine before the one for all. #}
{% materialization marked, default %}
  {{ exceptions.raise_compiler_error('not this one') }}
{% endmaterialization %}

{% materialization marked, adapter='duckdb' %}
  {%- set existing = adapter.get_relation(database=database, schema=schema, identifier=identifier | default(model.alias)) -%}
  {%- set tmp = make_temp_relation(this) -%}
  {% do run_query(create_table_as(True, tmp, sql)) %}
  {% set columns = adapter.get_columns_in_relation(tmp) | map(attribute='name') | join('/') %}
  {% if existing is none %}
    {% do run_query('create table ' ~ this ~ ' as select *, 1 as run, \'' ~ columns ~ '\' as columns from ' ~ tmp) %}
  {% else %}
    {% do run_query('insert into ' ~ this ~ ' select *, (select max(run) + 1 from ' ~ this ~ '), \'' ~ columns ~ '\' from ' ~ tmp) %}
  {% endif %}
  {% do run_query('drop table ' ~ tmp) %}
  {% call noop_statement('main', 'MARKED') %}{% endcall %}
  {{ return({'relations': [this]}) }}
{% endmaterialization %}
