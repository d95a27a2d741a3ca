{% macro default__twice(x) %}{{ return('(' ~ x ~ ' + ' ~ x ~ ')') }}{% endmacro %}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%}{{ target.schema }}{%- else -%}{{ node.resource_type[:1] }}_{{ custom_schema_name | trim }}{%- endif -%}
{%- endmacro %}
{% macro wrap() %}[{{ caller() }}]{% endmacro %}
{% test at_least(model, column_name, least=0) %}
{{ config(fail_calc='sum(n)', severity='warn') }}
select {{ column_name }}, 1 as n from {{ model }} where {{ column_name }} < {{ least }}
{% endtest %}
{% macro test_old_form(model) %}select * from {{ model }} where 1 = 0{% endmacro %}
