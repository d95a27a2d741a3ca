{% set found = [] %}
{% if execute %}
  {% for node in graph.nodes.values() if node.resource_type == "test" and node.test_metadata %}
    {% do found.append(node.test_metadata.name ~ " " ~ ("macro.dbt.test_" ~ node.test_metadata.name in node.depends_on.macros)) %}
  {% endfor %}
  {% for node in graph.nodes.values() if node.name in ("d_stamped", "letters") %}
    {% do found.append(node.name ~ " " ~ node.config.on_schema_change ~ " " ~ node.config.materialized ~ " " ~ ("contract" in node) ~ " " ~ node.checksum.name) %}
  {% endfor %}
{% endif %}
select unnest([{% for text in found | sort %}'{{ text }}'{{ "," if not loop.last }}{% endfor %}]::varchar[]) as about
