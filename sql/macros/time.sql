{# The day an instant falls on, as the `date_key` of the marts counts days: UTC days, or days of
   the configured zone with the variable `day_basis` set to `local`. An entry without a time falls
   on the day `unknown_date()`, which `dim_date` then holds. #}
{% macro date_key(instant) -%}
coalesce(cast({% if var('day_basis', 'utc') == 'local' %}{{ to_local(instant) }}{% else %}{{ instant }}{% endif %} as date), {{ unknown_date() }})
{%- endmacro %}

{# The day in the configured zone. #}
{% macro local_date_key(instant) -%}
coalesce(cast({{ to_local(instant) }} as date), {{ unknown_date() }})
{%- endmacro %}

{# Stands for a missing day. #}
{% macro unknown_date() -%}
date '1970-01-01'
{%- endmacro %}
