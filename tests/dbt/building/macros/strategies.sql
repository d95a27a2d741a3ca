{# Only rows whose key is not there yet. #}
{% macro get_incremental_new_only_sql(arg_dict) %}
  {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
  insert into {{ arg_dict['target_relation'] }} ({{ columns }})
  select {{ columns }} from {{ arg_dict['temp_relation'] }} as fresh
  where not exists (select 1 from {{ arg_dict['target_relation'] }} as old where old.{{ arg_dict['unique_key'] }} = fresh.{{ arg_dict['unique_key'] }})
{% endmacro %}
