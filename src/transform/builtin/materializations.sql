{# The built-in materializations as templates, for projects that change a part of how they work. #}
{% macro drop_indexes_on_relation(relation) %}
{%- set found = run_query("select index_name from duckdb_indexes() where lower(schema_name) = lower('" ~ relation.schema ~ "') and lower(table_name) = lower('" ~ relation.identifier ~ "')") -%}
{% for row in found.rows %}{% do run_query('drop index if exists ' ~ adapter.quote(relation.schema) ~ '.' ~ adapter.quote(row[0])) %}{% endfor %}
{% endmacro %}

{# Builds beside what there is, and takes its place at the end. #}
{% macro build_beside(kind) %}
{%- set there = load_cached_relation(this) -%}
{%- set target_relation = this.incorporate(type=kind) -%}
{%- set new_relation = make_intermediate_relation(target_relation) -%}
{%- set old_relation = make_backup_relation(target_relation, there.type if there is not none else kind) -%}
{% do drop_relation_if_exists(load_cached_relation(new_relation)) %}
{% do drop_relation_if_exists(load_cached_relation(old_relation)) %}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% call statement('main') %}
{%- if kind == 'view' %}{{ get_create_view_as_sql(new_relation, sql) }}{% else %}{{ create_table_as(False, new_relation, compiled_code, 'sql') }}{% endif -%}
{% endcall %}
{% if there is not none %}
{% if there.is_table %}{% do drop_indexes_on_relation(there) %}{% endif %}
{% do adapter.rename_relation(there, old_relation) %}
{% endif %}
{% do adapter.rename_relation(new_relation, target_relation) %}
{% if kind == 'table' %}{% do create_indexes(target_relation) %}{% endif %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(there, full_refresh_mode=True)) %}
{% do persist_docs(target_relation, model) %}
{% do adapter.commit() %}
{% do drop_relation_if_exists(load_cached_relation(old_relation)) %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target_relation]}) }}
{% endmacro %}

{% materialization table, adapter='duckdb' %}{{ return(build_beside('table')) }}{% endmaterialization %}
{% materialization view, adapter='duckdb' %}{{ return(build_beside('view')) }}{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
{%- set there = load_cached_relation(this) -%}
{%- set is_anew = there is none or there.is_view or should_full_refresh() -%}
{%- if is_anew -%}{{ return(build_beside('table')) }}{%- endif -%}
{%- set target_relation = this.incorporate(type='table') -%}
{%- set temp_relation = make_temp_relation(target_relation) -%}
{%- set strategy = config.get('incremental_strategy') or 'default' -%}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% do run_query(create_table_as(True, temp_relation, compiled_code, 'sql')) %}
{% do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) %}
{%- set dest_columns = process_schema_changes(incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore'), temp_relation, there) -%}
{%- if not dest_columns -%}{%- set dest_columns = adapter.get_columns_in_relation(there) -%}{%- endif -%}
{%- set statement_of = adapter.get_incremental_strategy_macro(context, strategy) -%}
{%- set build_sql = statement_of({'target_relation': target_relation, 'temp_relation': temp_relation, 'unique_key': config.get('unique_key'), 'dest_columns': dest_columns, 'incremental_predicates': config.get('predicates') or config.get('incremental_predicates')}) -%}
{% call statement('main') %}{{ build_sql }}{% endcall %}
{% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(there, full_refresh_mode=False)) %}
{% do persist_docs(target_relation, model) %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do run_query('drop table if exists ' ~ temp_relation) %}
{% do adapter.commit() %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# A table function: a view that takes parameters. #}
{% materialization table_function, adapter='duckdb' %}
{%- set target_relation = this.incorporate(type='view') -%}
{%- set parameters = config.get('parameters') or [] -%}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks, inside_transaction=True) }}
{% call statement('main') %}
create or replace function {{ target_relation }}({{ parameters if parameters is string or parameters is number else parameters | join(', ') }}) as table (
{{ sql }}
);
{% endcall %}
{{ run_hooks(post_hooks, inside_transaction=True) }}
{% do adapter.commit() %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro get_incremental_append_sql(arg_dict) %}{{ return(get_insert_into_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.dest_columns)) }}{% endmacro %}
{% macro get_incremental_delete_insert_sql(arg_dict) %}{{ return(get_delete_insert_merge_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.unique_key, arg_dict.dest_columns, arg_dict.incremental_predicates)) }}{% endmacro %}
{% macro get_incremental_merge_sql(arg_dict) %}{{ return(get_merge_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.unique_key, arg_dict.dest_columns, arg_dict.incremental_predicates)) }}{% endmacro %}
{% macro get_incremental_default_sql(arg_dict) %}{{ return(get_incremental_delete_insert_sql(arg_dict) if arg_dict.unique_key else get_incremental_append_sql(arg_dict)) }}{% endmacro %}
