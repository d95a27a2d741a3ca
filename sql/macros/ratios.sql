{# Share of the input that came from the cache, 0 to 1. #}
{% macro cache_hit_ratio(input, creation, read) -%}
round({{ read }} / nullif(cast({{ input }} + {{ creation }} + {{ read }} as double), 0), 6)
{%- endmacro %}

{# Percentage with two digits; null where there is nothing to count. #}
{% macro percentage(part, whole) -%}
round({{ part }} * 100.0 / nullif({{ whole }}, 0), 2)
{%- endmacro %}

{# How often per hour something happened within some seconds; null if there are none. #}
{% macro per_hour(count, seconds) -%}
round(cast({{ count }} as double) * 3600 / nullif({{ seconds }}, 0), 4)
{%- endmacro %}
