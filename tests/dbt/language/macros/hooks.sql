{% macro log_run(what) %}
  {% if execute %}
    insert into {{ target.schema }}.run_log values ('{{ what }}', '{{ flags.WHICH }}')
  {% endif %}
{% endmacro %}

{% macro log_results(results) %}
  {% if execute %}
    {% for one in results if one.node.resource_type == 'model' and one.node.name.startswith('a') %}
      insert into {{ target.schema }}.run_log values ('result', '{{ one.node.name }} {{ one.status }}');
    {% endfor %}
  {% endif %}
{% endmacro %}

{% macro seen(step) %}
  insert into {{ target.schema }}.run_log values ('{{ step }}', '{{ this.identifier }}')
{% endmacro %}
