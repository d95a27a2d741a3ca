{# What a `materialization` of a project calls to build its relation. #}
{% macro run_hooks(hooks, inside_transaction=True) %}
{% for hook in hooks if hook.transaction == inside_transaction %}
{% set rendered = render(hook.sql) | trim %}
{% if rendered %}{% call statement(auto_begin=inside_transaction) %}{{ rendered }}{% endcall %}{% endif %}
{% endfor %}
{% endmacro %}
{% macro load_relation(relation) %}{{ return(adapter.get_relation(database=relation.database, schema=relation.schema, identifier=relation.identifier)) }}{% endmacro %}
{% macro load_cached_relation(relation) %}{{ return(load_relation(relation)) }}{% endmacro %}
{% macro get_or_create_relation(database, schema, identifier, type) %}
{%- set there = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
{%- if there -%}{{ return([true, there]) }}{%- endif -%}
{{ return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) }}
{% endmacro %}
{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') %}{{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix, 'schema': none, 'database': none}, type='table')) }}{% endmacro %}
{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') %}{{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix})) }}{% endmacro %}
{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') %}{{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix}, type=backup_relation_type)) }}{% endmacro %}

{% macro get_create_table_as_sql(temporary, relation, sql) -%} {{ create_table_as(temporary, relation, sql) }} {%- endmacro %}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
{%- set is_bound = config.get('contract').enforced -%}
{%- if is_bound -%}{{ get_assert_columns_equivalent(compiled_code) }}{%- endif -%}
{{ config.get('sql_header') or '' }}
create {% if temporary %}temporary {% endif %}table {{ relation.include(database=(not temporary), schema=(not temporary)) }}
{%- if is_bound and not temporary %} {{ get_table_columns_and_constraints() }};
insert into {{ relation }} {{ get_column_names() }} (
{{ get_select_subquery(compiled_code) }}
);
{%- else %} as (
{{ compiled_code }}
);
{%- endif %}
{%- endmacro %}
{% macro get_create_view_as_sql(relation, sql) -%} {{ create_view_as(relation, sql) }} {%- endmacro %}
{% macro create_view_as(relation, sql) -%}
{%- if config.get('contract').enforced -%}{{ get_assert_columns_equivalent(sql) }}{%- endif -%}
{{ config.get('sql_header') or '' }}
create view {{ relation }} as (
{{ sql }}
);
{%- endmacro %}
{% macro create_or_replace_view() %}
{%- set there = load_cached_relation(this) -%}
{%- set target_relation = this.incorporate(type='view') -%}
{{ run_hooks(pre_hooks, inside_transaction=False) }}
{{ run_hooks(pre_hooks) }}
{% if there is not none and not there.is_view %}{% do adapter.drop_relation(there) %}{% endif %}
{% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
{% call statement('main') %}create or replace view {{ target_relation }} as (
{{ sql }}
);{% endcall %}
{{ run_hooks(post_hooks) }}
{% do adapter.commit() %}
{{ run_hooks(post_hooks, inside_transaction=False) }}
{{ return({'relations': [target_relation]}) }}
{% endmacro %}

{% macro create_schema(relation) %}{% do adapter.create_schema(relation) %}{% endmacro %}
{% macro drop_schema(relation) %}{% do adapter.drop_schema(relation) %}{% endmacro %}
{% macro drop_relation(relation) %}{% do adapter.drop_relation(relation) %}{% endmacro %}
{% macro drop_relation_if_exists(relation) %}{% if relation is not none %}{% do adapter.drop_relation(relation) %}{% endif %}{% endmacro %}
{% macro rename_relation(from_relation, to_relation) %}{% do adapter.rename_relation(from_relation, to_relation) %}{% endmacro %}
{% macro truncate_relation(relation) %}{% do adapter.truncate_relation(relation) %}{% endmacro %}
{% macro check_schema_exists(information_schema, schema) %}{{ return(adapter.check_schema_exists(information_schema.database, schema)) }}{% endmacro %}
{% macro list_relations_without_caching(schema_relation) %}{{ return(adapter.list_relations_without_caching(schema_relation)) }}{% endmacro %}

{% macro should_store_failures() %}{{ return(config.get('store_failures', flags.STORE_FAILURES) == true) }}{% endmacro %}
{% macro should_revoke(existing_relation, full_refresh_mode=True) %}{{ return(false) }}{% endmacro %}
{% macro apply_grants(relation, grant_config, should_revoke=True) %}{% endmacro %}
{% macro create_indexes(relation) %}
{% for index in config.get('indexes') or [] %}
{% call statement('create_index_' ~ loop.index) %}create {{ 'unique ' if index.unique }}index if not exists {{ adapter.quote('__dbt_index_' ~ local_md5(relation ~ index.columns | join('_'))) }} on {{ relation }} ({{ index.columns | join(', ') }}){% endcall %}
{% endfor %}
{% endmacro %}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) %}
{% if for_relation and config.persist_relation_docs() and model.description %}
{% call statement('comment') %}comment on {{ 'view' if relation.is_view else 'table' }} {{ relation }} is '{{ model.description | replace("'", "''") }}'{% endcall %}
{% endif %}
{% if for_columns and config.persist_column_docs() %}{% for name, column in model.columns.items() %}{% if column.description %}
{% call statement('comment') %}comment on column {{ relation }}.{{ adapter.quote(name) }} is '{{ column.description | replace("'", "''") }}'{% endcall %}
{% endif %}{% endfor %}{% endif %}
{% endmacro %}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) %}{% set unused = caller() if caller %}{% do store_raw_result(name, message=message) %}{% endmacro %}

{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) -%}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name') | list) -%}
insert into {{ target_relation }} ({{ columns }}) (select {{ columns }} from {{ temp_relation }})
{%- endmacro %}
{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- set further = [incremental_predicates] if incremental_predicates is string else incremental_predicates or [] -%}
{% if unique_key is string -%}
delete from {{ target }} as DBT_INCREMENTAL_TARGET where ({{ unique_key }}) in (select ({{ unique_key }}) from {{ source }})
{%- for predicate in further %} and {{ predicate }}{% endfor %};
{%- elif unique_key -%}
delete from {{ target }} as DBT_INCREMENTAL_TARGET using {{ source }} where
{% for key in unique_key %}{{ source }}.{{ key }} = DBT_INCREMENTAL_TARGET.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
{%- for predicate in further %} and {{ predicate }}{% endfor %};
{%- endif %}
{{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}
{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- set keys = [unique_key] if unique_key is string else unique_key or [] -%}
{%- set names = dest_columns | map(attribute='name') | list -%}
{%- set further = [incremental_predicates] if incremental_predicates is string else incremental_predicates or [] -%}
{%- set expressions = config.get('merge_update_set_expressions') or {} -%}
{%- set only = config.get('merge_update_columns') or names -%}
{%- set never = keys + (config.get('merge_exclude_columns') or []) + (expressions.keys() | list) -%}
{%- set only = ([only] if only is string else only) | map('lower') | list -%}
{%- set never = never | map('lower') | list -%}
{%- set changes = [] -%}
{%- for name, expression in expressions.items() -%}{%- do changes.append(name ~ ' = ' ~ expression) -%}{%- endfor -%}
{%- for name in names if name | lower in only and name | lower not in never -%}
{%- do changes.append(adapter.quote(name) ~ ' = DBT_INTERNAL_SOURCE.' ~ adapter.quote(name)) -%}
{%- endfor -%}
merge into {{ target }} as DBT_INTERNAL_DEST using {{ source }} as DBT_INTERNAL_SOURCE on (
{% for key in keys %}DBT_INTERNAL_SOURCE.{{ key }} = DBT_INTERNAL_DEST.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}{{ 'false' if keys | length == 0 }}
{%- for predicate in further %} and ({{ predicate }}){% endfor %})
{% if keys and changes %}when matched{% if config.get('merge_update_condition') %} and ({{ config.get('merge_update_condition') }}){% endif %} then update set {{ changes | join(', ') }}{% endif %}
when not matched{% if config.get('merge_insert_condition') %} and ({{ config.get('merge_insert_condition') }}){% endif %} then insert ({{ get_quoted_csv(names) }}) values ({% for name in names %}DBT_INTERNAL_SOURCE.{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro diff_columns(source_columns, target_columns) %}
{%- set found = [] -%}
{%- set there = target_columns | map(attribute='name') | map('lower') | list -%}
{%- for column in source_columns -%}{%- if column.name | lower not in there -%}{%- do found.append(column) -%}{%- endif -%}{%- endfor -%}
{{ return(found) }}
{% endmacro %}
{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) %}
{% for column in add_columns or [] %}{% do run_query('alter table ' ~ relation ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type) %}{% endfor %}
{% for column in remove_columns or [] %}{% do run_query('alter table ' ~ relation ~ ' drop column ' ~ column.quoted) %}{% endfor %}
{% endmacro %}
{% macro alter_column_type(relation, column_name, new_column_type) %}{% do run_query('alter table ' ~ relation ~ ' alter column ' ~ adapter.quote(column_name) ~ ' type ' ~ new_column_type) %}{% endmacro %}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
{{ return(on_schema_change if on_schema_change in ['sync_all_columns', 'append_new_columns', 'fail', 'ignore'] else default) }}
{% endmacro %}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
{%- if on_schema_change == 'ignore' -%}{{ return({}) }}{%- endif -%}
{%- set source_columns = adapter.get_columns_in_relation(source_relation) -%}
{%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
{%- set added = diff_columns(source_columns, target_columns) -%}
{%- set removed = diff_columns(target_columns, source_columns) -%}
{%- if on_schema_change == 'fail' and added + removed -%}{{ exceptions.raise_compiler_error('the columns of ' ~ target_relation ~ ' have changed') }}{%- endif -%}
{%- do alter_relation_add_remove_columns(target_relation, added, removed if on_schema_change == 'sync_all_columns' else []) -%}
{{ return(source_columns) }}
{% endmacro %}
