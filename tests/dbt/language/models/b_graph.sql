{% set names = [] %}
{% if execute %}
  {% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') %}
    {% do names.append(node.name) %}
  {% endfor %}
{% endif %}
select
  '{{ names | sort | join(",") }}' as models,
  '{{ model.unique_id }}' as unique_id,
  '{{ project_name }}' as project_name,
  '{{ this.schema }}.{{ this.identifier }} {{ this.name }}' as me,
  '{{ target.name }} {{ target.schema }} {{ target.type }}' as aim,
  '{{ adapter.type() }} {{ adapter.quote("x") }}' as adapter_says,
  '{{ flags.FULL_REFRESH }} {{ execute }}' as flag_text,
  '{{ config.get("materialized") }} {{ config.get("meta", {}).get("owner", "none") }}' as configured,
  {{ config.require('materialized') == 'table' }} as required_is_table
