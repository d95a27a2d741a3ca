{# Contracts of models that templates build: what a query gives against what is described. #}
{% macro get_column_schema_from_query(select_sql, select_sql_header=none) %}
{{ return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) }}
{% endmacro %}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) %}
{%- if select_sql_header %}{% do run_query(select_sql_header) %}{% endif -%}
select * from (
{{ select_sql }}
) as __dbt_sbq where false limit 0
{% endmacro %}
{% macro get_empty_schema_sql(columns) -%}
{%- set untyped = [] -%}
{%- for column in columns.values() if not column['data_type'] -%}{%- do untyped.append(column['name']) -%}{%- endfor -%}
{%- if untyped -%}{{ exceptions.column_type_missing(column_names=untyped) }}{%- endif -%}
select {% for column in columns.values() -%}
cast(null as {{ column['data_type'] }}) as {{ adapter.quote(column['name']) if column['quote'] else column['name'] }}{{ ', ' if not loop.last }}
{%- endfor %}
{%- endmacro %}
{% macro format_columns(columns) %}
{%- set formatted = [] -%}
{%- for column in columns -%}{%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}{%- endfor -%}
{{ return(formatted) }}
{% endmacro %}
{% macro format_column(column) %}
{{ return({'name': column.name, 'data_type': column.dtype, 'formatted': column.name | lower ~ ' ' ~ column.dtype}) }}
{% endmacro %}
{% macro get_assert_columns_equivalent(sql) %}{{ return(assert_columns_equivalent(sql)) }}{% endmacro %}
{% macro assert_columns_equivalent(sql) %}
{%- if not model['columns'] -%}{{ exceptions.raise_contract_error([], []) }}{%- endif -%}
{%- set given = format_columns(get_column_schema_from_query(sql, config.get('sql_header'))) -%}
{%- set described = format_columns(get_column_schema_from_query(get_empty_schema_sql(model['columns']))) -%}
{%- set wanted = [] -%}
{%- for column in described -%}{%- do wanted.append(column['formatted']) -%}{%- endfor -%}
{%- set strange = [] -%}
{%- for column in given if column['formatted'] not in wanted -%}{%- do strange.append(column['name']) -%}{%- endfor -%}
{%- if strange or given | length != described | length -%}{{ exceptions.raise_contract_error(described, given) }}{%- endif -%}
{% endmacro %}
{% macro get_table_columns_and_constraints() %}{{ return(table_columns_and_constraints()) }}{% endmacro %}
{% macro table_columns_and_constraints() -%}
{%- set parts = adapter.render_raw_columns_constraints(raw_columns=model['columns']) + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
({{ parts | join(', ') }})
{%- endmacro %}
{% macro get_column_names() -%}
({% for column in model['columns'].values() %}{{ adapter.quote(column['name']) if column['quote'] else column['name'] }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro get_select_subquery(sql) -%}
select {% for column in model['columns'].values() %}{{ adapter.quote(column['name']) if column['quote'] else column['name'] }}{{ ', ' if not loop.last }}{% endfor %} from (
{{ sql }}
) as model_subq
{%- endmacro %}
