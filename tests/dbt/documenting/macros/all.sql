{% macro twice(x, by=2) %}({{ times(x, by) }}){% endmacro %}

{% macro times(x, n) -%}
  {%- do log("times " ~ x) -%}{{ x | replace('a', 'a') }} * {{ n }}
{%- endmacro %}

{% macro default__third(x) %}{{ library.half(x) }} / 3{% endmacro %}

{% macro counted(relation) %}
  {% call statement('counted', fetch_result=true) %}select count(*) from {{ relation }}{% endcall %}
  {% set columns = adapter.get_columns_in_relation(relation) %}
  {{ return('select ' ~ columns | length) }}
{% endmacro %}

{% macro done() %}{{ counted(ref('places')) if execute and false }}{% endmacro %}

{% materialization kept, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {% call statement('main') %}{{ create_table_as(false, target, sql) }}{% endcall %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% test above(model, column_name, least, other) %}
{{ config(severity='warn', meta={'kind': 'limit'}) }}
select * from {{ model }} where {{ column_name }} <= {{ least }}
  and {{ column_name }} not in (select code from {{ other }} union select code from {{ ref('codes') }})
{% endtest %}
