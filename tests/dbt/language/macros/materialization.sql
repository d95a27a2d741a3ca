{% materialization stamped, adapter='duckdb' %}
  {%- set target_relation = api.Relation.create(identifier=this.identifier, schema=this.schema, database=this.database, type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks) }}
  {% if existing is not none %}{{ adapter.drop_relation(existing) }}{% endif %}
  {% call statement('main') -%}
    create table {{ target_relation }} as
    select *, '{{ config.get("stamp", "none") }}' as stamp, {{ existing is not none }} as existed from ({{ sql }})
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
