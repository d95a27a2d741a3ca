{% materialization seed, default %}
  {%- set rows = load_agate_table() -%}
  {%- set there = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
  {%- do store_result('agate_table', response='OK', agate_table=rows) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% if there is none %}
    {% set creation = create_csv_table(model, rows) %}
  {% else %}
    {% set creation = reset_csv_table(model, should_full_refresh(), there, rows) %}
  {% endif %}
  {% set filling = load_csv_rows(model, rows) %}
  {% call statement('main') %}
    insert into {{ target.schema }}.told values ('{{ this.identifier }} has {{ rows.rows | length }} rows of {{ rows.column_names | join(" and ") }}')
  {% endcall %}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% macro duckdb__load_csv_rows(model, agate_table) %}
  {% set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
  {% for row in agate_table.rows %}
    {% set places = [] %}
    {% for value in row %}{% do places.append(get_binding_char()) %}{% endfor %}
    {% do adapter.add_query('insert into ' ~ this ~ ' (' ~ columns ~ ') values (' ~ places | join(', ') ~ ')', bindings=row.values() | list) %}
  {% endfor %}
  {{ return('') }}
{% endmacro %}

{% materialization test, default %}
  {% set relations = [] %}
  {% call statement('main', fetch_result=True) %}
    {{ get_test_sql(sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), config.get('limit')) }}
  {% endcall %}
  {% set found = load_result('main')['table'].rows[0]['failures'] %}
  {% call statement('told') %}
    insert into {{ target.schema }}.told values ('{{ model.name }} found {{ found }}, severity {{ config.get("severity") }}')
  {% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': relations}) }}
{% endmaterialization %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
  select {{ fail_calc }} as failures, {{ fail_calc }} {{ warn_if }} as should_warn, {{ fail_calc }} {{ error_if }} as should_error
  from ({{ main_sql }} {{ 'limit ' ~ limit if limit is not none }}) t
{% endmacro %}

{% materialization bound, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {% do adapter.drop_relation(target_relation) %}
  {% call statement('main') %}{{ create_table_as(False, target_relation, sql) }}{% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization described, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {% do adapter.drop_relation(target_relation) %}
  {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
  {% call statement('main') %}
    create table {{ target_relation }} {{ get_table_columns_and_constraints() }};
    insert into {{ target_relation }} {{ get_column_names() }} ({{ get_select_subquery(sql) }})
  {% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization empty, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {% do adapter.drop_relation(target_relation) %}
  {% call statement('main') %}create table {{ target_relation }} as {{ get_empty_schema_sql(model['columns']) }}{% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
