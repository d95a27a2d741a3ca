{# Put before dbt by the project's search order. #}
{% macro default__create_indexes(relation) %}
  {% if config.get('note_indexes') %}
    {% do run_query("insert into " ~ target.schema ~ ".made values ('indexes of " ~ relation.identifier ~ "', false)") %}
  {% endif %}
{% endmacro %}

{# A package may not replace what is built in. #}
{% materialization table, default %}
  {{ exceptions.raise_compiler_error('a package took over') }}
{% endmaterialization %}
