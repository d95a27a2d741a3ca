{# Seeds and tests as templates, for projects that change a part of how they work. #}
{% materialization seed, adapter='duckdb' %}
{%- set there = load_cached_relation(this) -%}
{%- set is_whole = should_full_refresh() -%}
{%- set rows = load_agate_table() -%}
{%- do store_result('agate_table', response='OK', agate_table=rows) -%}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{%- if there is not none and there.is_view -%}
{{ exceptions.raise_compiler_error("there is a view " ~ there ~ " where the seed would be loaded") }}
{%- elif there is not none -%}
{%- set creation = reset_csv_table(model, is_whole, there, rows) -%}
{%- else -%}
{%- set creation = create_csv_table(model, rows) -%}
{%- endif -%}
{%- set filling = load_csv_rows(model, rows) if rows.rows | length > 0 else '' -%}
{% call noop_statement('main', 'INSERT ' ~ rows.rows | length) %}{{ get_csv_sql(creation, filling) }}{% endcall %}
{%- set target_relation = this.incorporate(type='table') -%}
{% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(there, is_whole)) %}
{% do persist_docs(target_relation, model) %}
{% if is_whole or there is none %}{% do create_indexes(target_relation) %}{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do adapter.commit() %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
{% macro create_csv_table(model, agate_table) %}
{%- set types = model['config'].get('column_types') or {} -%}
{%- set quoting = model['config'].get('quote_columns') -%}
{%- set columns = [] -%}
{%- for name in agate_table.column_names -%}
{%- do columns.append(adapter.quote_seed_column(name, quoting) ~ ' ' ~ types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
{%- endfor -%}
{%- set sql = 'create table ' ~ this ~ ' (' ~ columns | join(', ') ~ ')' -%}
{% call statement('_') %}{{ sql }}{% endcall %}
{{ return(sql) }}
{% endmacro %}
{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) %}
{%- if full_refresh -%}
{%- do adapter.drop_relation(old_relation) -%}
{{ return(create_csv_table(model, agate_table)) }}
{%- endif -%}
{%- do adapter.truncate_relation(old_relation) -%}
{{ return('truncate table ' ~ old_relation) }}
{% endmacro %}
{% macro load_csv_rows(model, agate_table) %}
{%- if config.get('fast', true) -%}
{%- set sql = "copy " ~ this ~ " from '" ~ adapter.get_seed_file_path(model) ~ "' (format csv, header true, delimiter '" ~ config.get('delimiter', ',') ~ "')" -%}
{%- do adapter.add_query(sql, abridge_sql_log=True) -%}
{{ return(sql) }}
{%- endif -%}
{%- set columns = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
{%- set statements = [] -%}
{%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
{%- set bindings = [] -%}
{%- set places = [] -%}
{%- for row in chunk -%}
{%- do bindings.extend(row.values()) -%}
{%- set marks = [] -%}
{%- for name in agate_table.column_names -%}{%- do marks.append(get_binding_char()) -%}{%- endfor -%}
{%- do places.append('(' ~ marks | join(', ') ~ ')') -%}
{%- endfor -%}
{%- set sql = 'insert into ' ~ this ~ ' (' ~ columns ~ ') values ' ~ places | join(', ') -%}
{%- do adapter.add_query(sql, bindings=bindings, abridge_sql_log=True) -%}
{%- do statements.append(sql) -%}
{%- endfor -%}
{{ return(statements[0]) }}
{% endmacro %}
{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}{{ create_or_truncate_sql }};
{{ insert_sql }};{% endmacro %}
{% macro get_binding_char() %}{{ return(adapter.get_binding_char()) }}{% endmacro %}
{% macro get_batch_size() %}{{ return(10000) }}{% endmacro %}
{% macro get_seed_column_quoted_csv(model, column_names) %}
{%- set quoted = [] -%}
{%- for name in column_names -%}{%- do quoted.append(adapter.quote_seed_column(name, model['config'].get('quote_columns'))) -%}{%- endfor -%}
{{ return(quoted | join(', ')) }}
{% endmacro %}

{% materialization test, adapter='duckdb' %}
{%- set relations = [] -%}
{%- set rows = get_limit_subquery_sql(sql, config.get('limit')) -%}
{%- if should_store_failures() -%}
{%- set kind = config.get('store_failures_as') or 'table' -%}
{%- set target_relation = this.incorporate(type=kind) -%}
{%- do drop_relation_if_exists(load_cached_relation(target_relation)) -%}
{%- do create_schema(target_relation) -%}
{% call statement(auto_begin=True) %}{{ get_create_sql(target_relation, rows) }}{% endcall %}
{%- do relations.append(target_relation) -%}
{%- set rows = 'select * from ' ~ target_relation -%}
{% do adapter.commit() %}
{%- endif -%}
{% call statement('main', fetch_result=True) %}{{ get_test_sql(rows, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), none) }}{% endcall %}
{{ return({'relations': relations}) }}
{% endmaterialization %}
{% macro get_limit_subquery_sql(sql, limit) -%}
{%- if limit is none or limit is undefined -%}{{ sql }}{%- else -%}select * from (
{{ sql }}
) as limited limit {{ limit }}{%- endif -%}
{%- endmacro %}
{% macro get_create_sql(relation, sql) -%}
{%- if relation.is_view -%}{{ get_create_view_as_sql(relation, sql) }}{%- else -%}{{ get_create_table_as_sql(False, relation, sql) }}{%- endif -%}
{%- endmacro %}
{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
select {{ fail_calc }} as failures, {{ fail_calc }} {{ warn_if }} as should_warn, {{ fail_calc }} {{ error_if }} as should_error
from (
{{ main_sql }}
{{ 'limit ' ~ limit if limit is not none }}
) dbt_internal_test
{%- endmacro %}
