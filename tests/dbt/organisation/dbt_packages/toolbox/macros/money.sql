{% macro to_money(column) -%}
  {{ return(adapter.dispatch('to_money', 'toolbox')(column)) }}
{%- endmacro %}

{% macro default__to_money(column) -%}
  ({{ column }} * 1.0)
{%- endmacro %}

{% macro duckdb__to_money(column) -%}
  {%- if var('unit', 'whole') == 'cents' -%} ({{ column }} / 100.0) {%- else -%} ({{ column }}) {%- endif -%}
{%- endmacro %}

{% macro surrogate(fields) %}
  {%- set parts = [] -%}
  {%- for field in fields -%}
    {%- do parts.append("coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '_')") -%}
    {%- if not loop.last -%}{%- do parts.append("'-'") -%}{%- endif -%}
  {%- endfor -%}
  {{ dbt.hash(dbt.concat(parts)) }}
{% endmacro %}

{% macro helper_name() %}{{ return('from toolbox') }}{% endmacro %}
{% macro who_helps() %}{{ return(helper_name()) }}{% endmacro %}

{% macro test_not_negative(model, column_name) %}
select * from {{ model }} where {{ column_name }} < 0
{% endmacro %}

{% macro label_of(x) %}{{ return(adapter.dispatch('label_of', macro_namespace='toolbox')(x)) }}{% endmacro %}
{% macro default__label_of(x) %}{{ return('toolbox ' ~ x) }}{% endmacro %}
