{% macro told(what, detail) %}
  {% if execute %}insert into {{ target.schema }}.told values ('{{ what }}', '{{ detail }}'){% endif %}
{% endmacro %}

{% macro tell_results(results) %}
  {% if execute %}
    {% for one in results %}
      insert into {{ target.schema }}.told values ('{{ one.node.resource_type }}', '{{ one.node.unique_id }} {{ one.status }} {{ one.node.config.materialized }}');
    {% endfor %}
  {% endif %}
{% endmacro %}

{# Looks at what was just built, so it must not be rendered before. #}
{% macro count_of(relation) %}
  {% if execute %}
    {% set rows = run_query('select count(*), sum(amount) from ' ~ relation).rows %}
    insert into {{ target.schema }}.told values ('counted {{ relation.identifier }}', '{{ rows[0][0] }} {{ rows[0][1] }}')
  {% endif %}
{% endmacro %}
