{# The day an instant falls on, as the `date_key` of the marts counts days: UTC days, or days of
   the configured zone with the variable `day_basis` set to `local`. An entry without a time falls
   on the day `unknown_date()`, which `dim_date` then holds. #}
{% macro date_key(instant) -%}
{%- if var('day_basis', 'utc') not in ['utc', 'local'] -%}
{{ exceptions.raise_compiler_error("`vars.day_basis` is `" ~ var('day_basis') ~ "`; it must be `utc` or `local`") }}
{%- endif -%}
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

{# Pauses longer than this are no work: the variable `idle_minutes` (15). #}
{% macro idle_milliseconds() -%}
{{ positive_number('idle_minutes', 15) }} * 60000
{%- endmacro %}

{# Answers of tools that answer at once but took longer than this waited for somebody: the variable
   `wait_seconds` (5). #}
{% macro wait_milliseconds() -%}
{{ positive_number('wait_seconds', 5) }} * 1000
{%- endmacro %}

{# A variable that is used as a number. #}
{% macro positive_number(name, default) -%}
{%- set number = var(name, default) -%}
{%- if number is not number or number <= 0 -%}
{{ exceptions.raise_compiler_error("`vars." ~ name ~ "` is `" ~ number ~ "`; it must be a number above 0") }}
{%- endif -%}
{{ number }}
{%- endmacro %}
